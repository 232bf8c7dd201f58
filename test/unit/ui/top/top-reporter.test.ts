import assert from 'node:assert/strict';
import { openTopReporter } from '../../../../src/ui/top/top-reporter.ts';
import { fakeOutput } from '../../../support/fake-output.ts';

describe('os top on a terminal', () => {
  it('prints no empty line where the device is not reached', () => {
    const output = fakeOutput('tty');
    openTopReporter(output, { isOnce: false })[Symbol.dispose]();
    assert.deepEqual(output.writes, []);
  });

  it('leaves its last table on the screen', () => {
    const output = fakeOutput('tty');
    const reporter = openTopReporter(output, { isOnce: false });
    reporter.report({ type: 'usage', time: '', host: null, services: [] });
    reporter[Symbol.dispose]();
    assert.match(output.stdout, /^no service runs, and the host is not reached\n$/);
  });
});
