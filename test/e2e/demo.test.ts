import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { needsMachine } from '../support/machine.ts';
import { root, runNode } from '../support/run-program.ts';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

describe('npm run demo', function () {
  this.timeout(upTimeoutMs);

  it('boots a device, finds, reaches and programs it, edits it live, and says how long each took', async function () {
    needsMachine(this);
    await using state = await openTempDirectory();
    const { code, stdout, stderr } = await runNode(['scripts/demo.mjs'], {
      env: { XDG_STATE_HOME: state.path, OS_DEVICE: undefined },
    });
    assert.equal(code, 0, stdout + stderr);
    const steps = [
      'emulator up demo',
      'scan',
      'info demo',
      'ssh demo',
      'push demo',
      'push demo',
      'emulator rm demo',
    ];
    assert.deepEqual(
      [...stdout.matchAll(/^\$ os (\w+(?: (?:up|rm))?(?: demo)?)/gm)].map(([, step]) => step),
      steps,
    );
    assert.ok([...stdout.matchAll(/^ {2}\([\d.]+ s\)$/gm)].length >= steps.length - 1, stdout);
    assert.match(
      stdout,
      /^demo +.* 19\.0\.5\/unmanaged$/m,
      'it has a supervisor, as a development image has',
    );
    assert.match(stdout, /^From nothing to a page served by a device in [\d.]+ s\.$/m);
    assert.match(stdout, /^ {2}\(\d+ ms after it was saved\)$/m);
  });
});

describe('a machine on which no device can be emulated', function () {
  this.timeout(120_000);

  // In a user namespace without users, root is nobody.
  const asNobody = (...args: string[]): ReturnType<typeof spawnSync> =>
    spawnSync('unshare', ['--user', process.execPath, ...args], { cwd: root, encoding: 'utf8' });
  before(function () {
    needsMachine(this);
    if (asNobody('-e', '0').status !== 0) this.skip();
  });

  it('is told by npm run demo what is needed, and what still works', () => {
    const { status, stdout } = asNobody('scripts/demo.mjs');
    assert.equal(status, 2);
    assert.match(
      String(stdout),
      /^No device can be emulated here: not root: .*sudo\n.*\n {2}node bin\/run\.js scan\n$/m,
    );
  });

  it('is told by npm test what is needed; the rest runs, and what does not is counted', () => {
    const { status, stdout } = asNobody(
      'scripts/test.mjs',
      'e2e',
      '--grep',
      'os emulator boots a device that answers',
    );
    assert.equal(status, 2, String(stdout));
    assert.match(String(stdout), /^This machine can't run everything: not root: .*sudo/m);
    assert.match(String(stdout), /^\d+ skipped: not root: [^]*\n2 passed, 0 failed\n$/m);
  });
});
