import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watchEnd } from '../../src/emulator/machine/watch-end.ts';
import { runTool } from '../../src/emulator/machine/tool.ts';

describe('a program that the emulator runs', () => {
  it('tells the last words of a program that fails, and ends one at once that is aborted', async () => {
    await assert.rejects(runTool('sh', ['-c', 'echo out; echo why >&2; exit 3']), {
      code: 'host-unsuitable',
      message: '`sh -c` fails on this machine (3):\nwhy',
    });
    await assert.rejects(runTool('no-such-program', []), {
      message: 'no-such-program is missing on this machine',
    });
    const reason = new Error('enough');
    await assert.rejects(runTool('sleep', ['60'], { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 20);
    await assert.rejects(runTool('sleep', ['60'], { signal: controller.signal }), reason);
  });

  it('is ended when the device that it works on ends', async () => {
    const device = spawn('sleep', ['60']);
    await once(device, 'spawn');
    const reason = new Error('it went down');
    using end = watchEnd(device.pid ?? 0, reason);
    setTimeout(() => device.kill('SIGKILL'), 100);
    await assert.rejects(runTool('sleep', ['60'], { signal: end.signal }), reason);
  });

  it('tells each line as it comes, and fails after them where the program does', async () => {
    const lines: string[] = [];
    const onLine = (line: string): void => void lines.push(line);
    assert.equal(await runTool('sh', ['-c', 'echo one; printf two'], { onLine }), '');
    await assert.rejects(runTool('sh', ['-c', 'echo three; echo why >&2; exit 1'], { onLine }), {
      code: 'host-unsuitable',
      message: '`sh -c` fails on this machine (1):\nwhy',
    });
    assert.deepEqual(lines, ['one', 'two', 'three']);
  });
});
