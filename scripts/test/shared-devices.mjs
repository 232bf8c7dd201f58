// Emulated devices that the test files of one run lend to each other: booting one costs more than most tests do. The test
// files boot and wipe them (test/support/shared-device.ts); here is their state directory, and their end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../setup.mjs';

/** Makes the state directory. Its devices end with `close`, or with this process, however that ends. */
export function openSharedDevices() {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'os-test-shared-'));
  const watcher = spawn(
    '/bin/sh',
    [path.join(root, 'test/support/end-devices.sh'), ...[process.execPath, path.join(root, 'bin/run.js')]],
    { detached: true, env: { ...process.env, XDG_STATE_HOME: home }, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  watcher.unref();
  watcher.stdin.unref();
  return {
    home,
    close: async () => {
      watcher.ref();
      const ended = once(watcher, 'exit');
      watcher.stdin.end();
      await ended;
    },
  };
}
