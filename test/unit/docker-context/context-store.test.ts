import assert from 'node:assert/strict';
import { chown, lstat, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { OsError } from '../../../src/core/errors.ts';
import { checkContextName, contextNameOf } from '../../../src/docker-context/context-name.ts';
import {
  findContext,
  findContextsOf,
  installContext,
  readCurrentContext,
  removeContext,
  useContext,
} from '../../../src/docker-context/context-store.ts';
import { exportLine, shellOf, unsetLine } from '../../../src/docker-context/shell-lines.ts';
import { dockerDirectory } from '../../../src/registry/docker-directory.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const kitchen = {
  name: 'kitchen',
  description: 'kitchen.local',
  host: 'tcp://192.0.2.9:2375',
  device: 'kitchen.local',
  named: '63ec46c',
};

describe('a docker context', () => {
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  beforeEach(async () => {
    home = await openTempDirectory();
  });
  afterEach(() => home[Symbol.asyncDispose]());

  it("lies in the folder of its name's digest, readable as docker's own are", async () => {
    const file = await installContext(home.path, kitchen);
    assert.equal(
      path.relative(home.path, file),
      'contexts/meta/3171d89ad00530ffa19a244f040e9401a657903cbbbca724996b90a56df2c189/meta.json',
    );
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), {
      Name: 'kitchen',
      Metadata: { Description: 'kitchen.local', 'os-cli': { device: 'kitchen.local', named: '63ec46c' } },
      Endpoints: { docker: { Host: 'tcp://192.0.2.9:2375', SkipTLSVerify: false } },
    });
    assert.equal((await stat(file)).mode & 0o777, 0o644);
  });

  it('of somebody else is neither replaced nor removed', async () => {
    const file = await installContext(home.path, kitchen);
    const theirs = '{"Name":"kitchen","Metadata":{},"Endpoints":{"docker":{"Host":"ssh://x"}}}';
    await writeFile(file, theirs);
    for (const attempt of [installContext(home.path, kitchen), removeContext(home.path, 'kitchen')])
      await assert.rejects(attempt, (error: unknown) => error instanceof OsError && error.code === 'usage');
    assert.equal(await readFile(file, 'utf8'), theirs);
    assert.deepEqual(await findContext(home.path, 'kitchen'), { host: 'ssh://x', device: null });
  });

  it('that cannot be read fails with its reason, and keeps no other from being found', async () => {
    await installContext(home.path, kitchen);
    const file = await installContext(home.path, { ...kitchen, name: 'hall' });
    await rm(file);
    await mkdir(file);
    await assert.rejects(installContext(home.path, { ...kitchen, name: 'hall' }), { code: 'state-unusable' });
    assert.deepEqual(await findContextsOf(home.path, 'kitchen'), ['kitchen']);
  });

  it('is found by every name that its device had when it was made', async () => {
    await installContext(home.path, kitchen);
    for (const word of ['kitchen', 'kitchen.local', '63ec46c'])
      assert.deepEqual(await findContextsOf(home.path, word), ['kitchen'], word);
    assert.deepEqual(await findContextsOf(home.path, 'kit'), []);
    assert.deepEqual(await findContextsOf(path.join(home.path, 'nowhere'), 'kitchen'), []);
  });

  it('is chosen in the file that a linked configuration leads to', async () => {
    const config = path.join(home.path, 'config.json');
    await writeFile(path.join(home.path, 'dotfile'), '{"credsStore": "pass"}');
    await symlink('dotfile', config);
    await useContext(home.path, 'kitchen');
    assert.ok((await lstat(config)).isSymbolicLink());
    assert.deepEqual(JSON.parse(await readFile(path.join(home.path, 'dotfile'), 'utf8')), {
      credsStore: 'pass',
      currentContext: 'kitchen',
    });
  });

  it('that is chosen keeps every other setting, and gives way to the default one when it is removed', async () => {
    const config = path.join(home.path, 'config.json');
    await writeFile(config, '{\n\t"auths": {"r": {"auth": "eA=="}},\n\t"credsStore": "pass"\n}', {
      mode: 0o600,
    });
    await installContext(home.path, kitchen);
    await useContext(home.path, 'kitchen');
    assert.equal(await readCurrentContext(home.path), 'kitchen');
    assert.equal(await removeContext(home.path, 'kitchen'), true);
    assert.deepEqual(JSON.parse(await readFile(config, 'utf8')), {
      auths: { r: { auth: 'eA==' } },
      credsStore: 'pass',
    });
    assert.equal((await stat(config)).mode & 0o777, 0o600);
    assert.equal(await removeContext(home.path, 'kitchen'), false);
  });

  it('leaves a configuration that does not parse as it is', async () => {
    await writeFile(path.join(home.path, 'config.json'), '{"auths":');
    await assert.rejects(useContext(home.path, 'kitchen'), /not valid JSON/);
    assert.equal(await readFile(path.join(home.path, 'config.json'), 'utf8'), '{"auths":');
  });

  it('never starts with a digit, with which Docker Desktop does not start', () => {
    assert.equal(contextNameOf('63ec46c.local'), 'os-63ec46c');
    assert.equal(contextNameOf('kitchen.local'), 'kitchen');
    assert.equal(contextNameOf('fe80::1%eth0'), 'fe80--1-eth0');
    assert.equal(contextNameOf('default'), 'os-default');
    for (const name of ['63ec46c', 'a/b', '', 'default', 'a b'])
      assert.throws(() => checkContextName(name), OsError, name);
  });
});

describe('the configuration of the docker client', () => {
  it('is not replaced where it is a link to a place that is away', async () => {
    await using home = await openTempDirectory();
    const file = path.join(home.path, 'config.json');
    await symlink(path.join(home.path, 'unmounted', 'config.json'), file);
    await assert.rejects(useContext(home.path, 'kitchen'), { code: 'state-unusable' });
    assert.ok((await lstat(file)).isSymbolicLink());
  });

  it('keeps its owner where root changes it', async function () {
    if (process.getuid?.() !== 0) this.skip();
    await using home = await openTempDirectory();
    const file = path.join(home.path, 'config.json');
    await writeFile(file, '{}', { mode: 0o600 });
    await chown(file, 1234, 1235);
    await useContext(home.path, 'kitchen');
    const { uid, gid, mode } = await stat(file);
    assert.deepEqual([uid, gid, mode & 0o777], [1234, 1235, 0o600]);
  });

  it('is in the home directory where DOCKER_CONFIG is empty, as for docker', () => {
    for (const environment of [{}, { DOCKER_CONFIG: '' }])
      assert.equal(dockerDirectory(environment), path.join(homedir(), '.docker'));
    assert.equal(dockerDirectory({ DOCKER_CONFIG: '/a' }), '/a');
  });
});

describe('the lines for a shell', () => {
  it('are those of the shell that the user has', () => {
    assert.equal(shellOf('linux', { SHELL: '/usr/bin/fish' }), 'fish');
    assert.equal(shellOf('win32', {}), 'powershell');
    assert.equal(shellOf('darwin', { SHELL: '/bin/zsh' }), 'posix');
    assert.equal(exportLine('posix', 'A', "it's"), `export A='it'\\''s'`);
    assert.equal(exportLine('fish', 'A', 'b'), 'set -gx A b');
    assert.equal(exportLine('powershell', 'A', "it's"), "$Env:A = 'it''s'");
    assert.equal(unsetLine('fish', ['A', 'B']), 'set -e A B');
    assert.equal(unsetLine('posix', ['A', 'B']), 'unset A B');
  });
});
