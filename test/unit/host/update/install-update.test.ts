import assert from 'node:assert/strict';
import { UpdateHold } from '../../../../src/host/update/hold-update.ts';
import { awaitInstall, startInstall } from '../../../../src/host/update/install-update.ts';

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

describe('an installation that fails', () => {
  const answer = (stdout: string, status = 0, stderr = '') => ({
    run: () => Promise.resolve({ status, stdout, stderr, bytes: Buffer.alloc(0) }),
  });
  const { signal } = new AbortController();
  const hold = (): UpdateHold => new UpdateHold('0'.repeat(64), 'anna');
  const wait = (stdout: string): Promise<void> =>
    awaitInstall(answer(stdout), hold(), {
      clock: { nowMs: () => 0, sleep: () => assert.fail('it has ended') },
      signal,
      progress: { lines: 0 },
      report: () => undefined,
    });

  it('is told by its last words, and where the device is full as that', async () => {
    await assert.rejects(wait('ended\n1\nLoading\nno such root'), {
      code: 'host-refused',
      message: 'hostapp-update failed: no such root',
    });
    await assert.rejects(wait('ended\n1\nwrite: No space left on device\nabort'), { code: 'no-space' });
    await assert.rejects(wait('running\n10\n'), { message: 'hostapp-update failed: exit status 10' });
  });

  it('is no success where it ends without a result', async () => {
    for (const status of ['', 'x0', '0x'])
      await assert.rejects(wait(`ended\n${status}\nLoading`), {
        code: 'host-refused',
        message: 'hostapp-update ended without a result',
      });
  });

  it('is told where it does not even start', async () => {
    await assert.rejects(startInstall(answer('', 1, 'no such unit\n'), hold(), signal), {
      code: 'host-refused',
      message: 'the device does not start hostapp-update: no such unit',
    });
    await startInstall(answer(''), hold(), signal);
  });
});
