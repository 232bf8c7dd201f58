import assert from 'node:assert/strict';
import { UpdateHold } from '../../../../src/host/update/hold-update.ts';
import { awaitInstall } from '../../../../src/host/update/install-update.ts';

describe('what hostapp-update prints', () => {
  it('is reported line by line, each once it is whole and only once', async () => {
    const answers = [
      'running\n\n',
      'running\n\nLoad',
      'running\n\nLoading\n',
      'running\n\nLoading\nSwi',
      'ended\n0\nLoading\nSwitching',
    ];
    const lines: string[] = [];
    const progress = { lines: 0 };
    const run = (): Promise<{ status: number; stdout: string; stderr: string; bytes: Buffer }> =>
      Promise.resolve({ status: 0, stdout: answers.shift() ?? '', stderr: '', bytes: Buffer.alloc(0) });
    await awaitInstall({ run }, new UpdateHold('0'.repeat(64), 'anna'), {
      clock: { nowMs: () => 0, sleep: () => Promise.resolve() },
      signal: new AbortController().signal,
      progress,
      report: line => lines.push(line),
    });
    assert.deepEqual(lines, ['Loading', 'Switching']);
  });
});
