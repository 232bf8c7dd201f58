import assert from 'node:assert/strict';
import { OsError } from '../../../../../src/core/errors.ts';
import {
  checkPlatform,
  findLocalEngine,
  platformOf,
  runsPlatform,
} from '../../../../../src/release/build/local/check-docker.ts';
import {
  runDocker,
  type DockerRun,
  type RunDocker,
} from '../../../../../src/release/build/local/run-docker.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';
import { makeTree } from '../../../../support/tree.ts';

const { signal } = new AbortController();

/** A docker program that answers as scripted; another question fails the test. */
const scripted =
  (answers: Readonly<Record<string, Partial<DockerRun>>>): RunDocker =>
  args => {
    const answer = answers[args.join(' ')];
    assert.ok(answer, `nobody expects docker ${args.join(' ')}`);
    return Promise.resolve({ code: 0, stdout: '', stderr: '', ...answer });
  };

const refusal = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OsError);
  assert.equal(error.code, code);
  assert.match(error.message, message);
  assert.ok(!error.message.includes('\n'));
  return true;
};

const asked = 'version --format {{json .}}';

describe('Docker on this machine', () => {
  it('is refused in one line where there is no docker program', async () => {
    const { PATH } = process.env;
    process.env['PATH'] = '/nowhere';
    try {
      await assert.rejects(
        findLocalEngine(runDocker, signal),
        refusal('host-unsuitable', /no docker program/),
      );
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('is refused in one line where the docker program cannot be run', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { docker: 'not executable' });
    const { PATH } = process.env;
    process.env['PATH'] = temp.path;
    try {
      await assert.rejects(
        findLocalEngine(runDocker, signal),
        refusal('host-unsuitable', /^cannot run the docker program of this machine: .*EACCES/),
      );
    } finally {
      process.env['PATH'] = PATH;
    }
  });

  it('is refused in one line where the docker program has no engine behind it, or one of Windows', async () => {
    const of = (answer: object) =>
      findLocalEngine(scripted({ [asked]: { stdout: JSON.stringify(answer) } }), signal);
    const podman = { Client: { APIVersion: '4.3.1', Version: '4.3.1', OsArch: 'linux/amd64' } };
    await assert.rejects(
      of(podman),
      refusal(
        'host-unsuitable',
        /^the docker program of this machine names no engine: it is not Docker's own$/,
      ),
    );
    await assert.rejects(
      of({ Client: { Version: '27.0.0' }, Server: { Os: 'windows', Arch: 'amd64', Version: '27.0.0' } }),
      refusal(
        'host-unsuitable',
        /^Docker on this machine makes images for windows, and the device runs Linux$/,
      ),
    );
  });

  it('is refused in one line where its engine does not answer', async () => {
    const off = {
      code: 1,
      stdout: '{"Server":null}',
      stderr: 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\nmore\n',
    };
    await assert.rejects(
      findLocalEngine(scripted({ [asked]: off }), signal),
      refusal('host-unsuitable', /does not answer: Cannot connect .*running\?$/),
    );
  });

  it('tells its platform and its builder', async () => {
    const found = (code: number, client = '28.2.2'): Promise<object> => {
      const Server = { Os: 'linux', Arch: 'amd64', Version: '20.10.24+dfsg1' };
      const stdout = JSON.stringify({ Client: { Version: client }, Server });
      return findLocalEngine(scripted({ [asked]: { stdout }, 'buildx version': { code } }), signal);
    };
    assert.deepEqual(await found(0), { builder: 'buildx', platform: 'linux/amd64' });
    assert.deepEqual(await found(1), { builder: 'classic', platform: 'linux/amd64' });
    assert.deepEqual(await found(1, '20.10.24+dfsg1'), { builder: 'buildkit', platform: 'linux/amd64' });
  });

  it('needs buildx for another platform, and an emulator that buildx knows', async () => {
    const here = { builder: 'classic', platform: 'linux/amd64' } as const;
    await checkPlatform(scripted({}), here, 'linux/amd64', signal);
    await assert.rejects(
      checkPlatform(scripted({}), here, 'linux/arm/v7', signal),
      refusal('host-unsuitable', /needs linux\/arm\/v7: that takes the plugin buildx$/),
    );
    const inspect = (platforms: string): RunDocker =>
      scripted({ 'buildx inspect': { stdout: `Name: default\nPlatforms: ${platforms}\n` } });
    const withBuildx = { ...here, builder: 'buildx' } as const;
    await checkPlatform(inspect('linux/amd64*, linux/arm/v7'), withBuildx, 'linux/arm/v7', signal);
    await assert.rejects(
      checkPlatform(inspect('linux/amd64, linux/386'), withBuildx, 'linux/arm/v7', signal),
      (error: unknown) => error instanceof OsError && (error.hint ?? '').endsWith('binfmt --install arm'),
    );
  });

  it('builds for the machine that a device says it is', () => {
    assert.equal(platformOf('armv7l'), 'linux/arm/v7');
    assert.equal(platformOf('aarch64'), 'linux/arm64');
    assert.throws(() => platformOf('vax'), refusal('host-unsuitable', /vax/));
    assert.ok(runsPlatform('linux/arm64', 'linux/arm64/v8'));
    assert.ok(runsPlatform('linux/arm64', 'linux/arm/v7'));
    assert.ok(!runsPlatform('linux/arm/v7', 'linux/arm64'));
  });
});
