import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  deviceEnvironment,
  resultOf,
  runEmulator,
  upTimeoutMs,
  useDevice,
} from '../support/emulated-device.ts';
import { runOs, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

/** Runs `os` as a user who has met no device, on a machine that emulates those of this run. */
function runAs(home: string, args: readonly string[]): Promise<Ended> {
  return runOs(args, {
    cwd: home,
    env: { HOME: home, ...deviceEnvironment(), SSH_AUTH_SOCK: undefined, OS_DEVICE: undefined },
  });
}

describe('a device that nobody has met', function () {
  this.timeout(upTimeoutMs);
  const device = useDevice();

  it('is asked for its type and architecture by the first push, by address and by name, over TCP and over SSH', async () => {
    await using ofType = await openTempDirectory();
    await using ofTemplate = await openTempDirectory();
    await writeFile(path.join(ofType.path, `Dockerfile.${device().deviceType}`), 'FROM scratch\n');
    await writeFile(
      path.join(ofTemplate.path, 'Dockerfile.template'),
      'FROM scratch\nLABEL type=%%BALENA_MACHINE_NAME%% arch=%%BALENA_ARCH%%\n',
    );
    const host = `${device().uuid.slice(0, 7)}.local`;
    for (const [name, via] of [
      [device().address, 'tcp'],
      [host, 'tcp'],
      [`${device().address}:2377`, 'ssh'],
      [host, 'ssh'],
    ] as const) {
      await using home = await openTempDirectory();
      for (const source of [ofType.path, ofTemplate.path]) {
        const { code, stdout, stderr } = await runOs(['plan', name, '--via', via, '--source', source], {
          cwd: home.path,
          env: { HOME: home.path, XDG_STATE_HOME: home.path, SSH_AUTH_SOCK: undefined, OS_DEVICE: undefined },
        });
        assert.deepEqual([name, via, code], [name, via, 0], stderr + stdout);
      }
    }
  });

  it('tells all of itself to the first os info, whichever address answers first', async () => {
    const host = `${device().uuid.slice(0, 7)}.local`;
    for (let round = 0; round < 3; round++) {
      await using home = await openTempDirectory();
      const info = await runOs(['info', host, '--json'], {
        cwd: home.path,
        env: { HOME: home.path, XDG_STATE_HOME: home.path, SSH_AUTH_SOCK: undefined, OS_DEVICE: undefined },
      });
      const { identity } = resultOf(info) as { identity: { uuid: string; engine: { port: number } | null } };
      assert.deepEqual([identity.uuid, identity.engine?.port], [device().uuid, 2377]);
    }
  });

  it('is found by the name that it was emulated with, by every command, and by no stopped one', async () => {
    await using home = await openTempDirectory();
    const { name } = device();
    for (const args of [
      ['ssh', name, '--', 'true'],
      ['info', name],
      ['ps', name, '--all'],
      ['ps', `${name}:2377`, '--all', '--via', 'ssh'],
      ['logs', `${name}:2377`, '--system', '--tail', '1'],
      ['ssh', name, '--forget'],
    ]) {
      const { code, stderr } = await runAs(home.path, args);
      assert.deepEqual([args, code], [args, 0], stderr);
    }
    resultOf(await runEmulator(['down', name, '--force', '--json']));
    const { code, stderr } = await runAs(home.path, ['ssh', name, '--', 'true']);
    assert.equal(code, 3);
    assert.match(stderr, new RegExp(`the emulated device ${name} is not running\\n.*os emulator up ${name}`));
  });
});
