import assert from 'node:assert/strict';
import path from 'node:path';
import { upTimeoutMs, useDevice } from '../support/emulated-device.ts';
import { root, runOs, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

const uuid = 'beef3333c0ffee4bad8badc0de123456';

async function runAsStranger(args: readonly string[]): Promise<Ended> {
  await using home = await openTempDirectory();
  return await runOs(args, {
    cwd: home.path,
    env: { HOME: home.path, XDG_STATE_HOME: home.path, SSH_AUTH_SOCK: undefined, OS_DEVICE: undefined },
  });
}

describe('a device that is named by its UUID', function () {
  this.timeout(upTimeoutMs);
  const device = useDevice({ uuid });

  it('is reached by no command where the first digits alone are right, and the message says what answers', async () => {
    const wrong = uuid.replace(/6$/, '7');
    for (const args of [
      ['ssh', wrong, '--', 'true'],
      ['info', wrong],
      ['ps', wrong, '--all'],
      ['ps', wrong, '--all', '--via', 'ssh'],
      ['logs', wrong, '--system'],
      ['push', wrong, '--detach', '--source', path.join(root, 'examples/hello')],
    ]) {
      const { code, stderr } = await runAsStranger(args);
      assert.deepEqual([args, code], [args, 3], stderr);
      assert.match(stderr, new RegExp(`no device with the UUID ${wrong} answers: .* has ${uuid}`));
    }
    assert.deepEqual(await device().engine('/containers/json?all=1'), []);
    assert.equal((await runAsStranger(['ps', uuid, '--all'])).code, 0);
  });

  it('is not reached where nothing on it tells its UUID, and the message says so', async () => {
    // The socket starts a process a connection, so that this one lives on.
    await device().ssh('systemctl stop sshd.socket');
    for (const args of [
      ['ps', uuid, '--all'],
      ['info', uuid],
    ]) {
      const { code, stderr } = await runAsStranger(args);
      assert.deepEqual([args, code], [args, 3], stderr);
      assert.match(stderr, new RegExp(`cannot tell whether the device at .* has the UUID ${uuid}: `));
    }
    const byName = await runAsStranger(['ps', 'beef333.local', '--all']);
    assert.equal(byName.code, 0, byName.stderr);
  });
});
