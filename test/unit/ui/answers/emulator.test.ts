import assert from 'node:assert/strict';
import { reportEmulatorEvent } from '../../../../src/ui/answers/emulator.ts';
import { note } from '../../../../src/ui/output.ts';
import { fakeOutput, screenOf } from '../../../support/fake-output.ts';

describe('what os emulator reports', () => {
  it('leaves no step that was under way on the terminal when a failure follows', () => {
    const output = fakeOutput('tty');
    reportEmulatorEvent({ type: 'begun', what: 'network', outlook: null }, output);
    reportEmulatorEvent({ type: 'done', what: 'network', detail: '10.213.0.2', durationMs: 500 }, output);
    reportEmulatorEvent({ type: 'begun', what: 'engine', outlook: null }, output);
    assert.deepEqual(screenOf(output.stderr), ['network: 10.213.0.2 (500 ms)', 'engine …']);
    note(output, 'second is down');
    output.showBelow([]);
    assert.deepEqual(screenOf(output.stderr), ['network: 10.213.0.2 (500 ms)', 'second is down']);
  });

  it('is only the finished steps in a pipe', () => {
    const output = fakeOutput('plain');
    reportEmulatorEvent({ type: 'begun', what: 'engine', outlook: null }, output);
    reportEmulatorEvent({ type: 'progress', what: 'engine', detail: 'starting' } as never, output);
    reportEmulatorEvent({ type: 'done', what: 'engine', detail: null, durationMs: 500 }, output);
    assert.equal(output.stderr, 'engine (500 ms)\n');
  });
});
