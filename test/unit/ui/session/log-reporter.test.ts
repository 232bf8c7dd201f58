import assert from 'node:assert/strict';
import type { LogLine } from '../../../../src/logs/log-line.ts';
import { JsonEvents } from '../../../../src/ui/json-events.ts';
import { ServiceColumn } from '../../../../src/ui/service-column.ts';
import { jsonLog, openLogReporter } from '../../../../src/ui/session/log-reporter.ts';
import { fakeOutput } from '../../../support/fake-output.ts';

describe('a line of a service that is no UTF-8', () => {
  const bytes = Buffer.from([0x80, 0x1b, 0x61, 0xff, 0x0d]);
  const line: LogLine = {
    type: 'log',
    service: 'web',
    container: 'shop-web-1',
    stream: 'stdout',
    time: '2026-01-02T03:04:05.000000000Z',
    text: bytes.toString(),
    bytes,
  };

  it('is printed byte for byte with --raw, behind its name and time', () => {
    const plain = fakeOutput('plain');
    openLogReporter(plain, { column: new ServiceColumn(), showsTimes: false, isRaw: true })(line);
    assert.deepEqual(Buffer.from(plain.stdout, 'latin1'), Buffer.concat([bytes, Buffer.from('\n')]));
    const named = fakeOutput('plain');
    const column = new ServiceColumn(['web', 'worker']);
    openLogReporter(named, { column, showsTimes: true, isRaw: true })({ ...line, stream: 'stderr' });
    assert.equal(named.stderr, `web    | ${line.time} ${bytes.toString('latin1')}\n`);
  });

  it('is text without control sequences otherwise', () => {
    const output = fakeOutput('plain');
    openLogReporter(output, { column: new ServiceColumn(), showsTimes: false, isRaw: false })(line);
    assert.equal(output.stdout, '\ufffd\ufffd\n');
  });

  it('is text in JSON, as its schema says', () => {
    const output = fakeOutput('json');
    jsonLog(new JsonEvents(output))(line);
    const { text, ...rest } = JSON.parse(output.stdout) as Record<string, unknown>;
    assert.equal(text, '\ufffd\x1ba\ufffd');
    assert.ok(!('bytes' in rest));
  });
});
