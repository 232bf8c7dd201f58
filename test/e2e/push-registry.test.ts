import assert from 'node:assert/strict';
import path from 'node:path';
import { openBalenaEngineProxy } from '../support/balena-engine-proxy.ts';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { eventsOf, lastOf, startOs } from '../support/pushing.ts';
import { fillRegistry, openRegistry, openTunnel, registryLogin } from '../support/registry.ts';
import type { Ended } from '../support/run-program.ts';
import { useSharedDevice } from '../support/shared-device.ts';
import { openSmallDisk } from '../support/small-disk.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const layerBytes = 6_000_000;
const withAuth = (host: string, password: string): string =>
  JSON.stringify({ auths: { [host]: { auth: Buffer.from(`me:${password}`).toString('base64') } } });

describe('os push and a registry that wants a login', function () {
  this.timeout(upTimeoutMs);
  const opened: AsyncDisposable[] = [];
  const open = async <T extends AsyncDisposable>(opening: Promise<T>): Promise<T> => {
    const it = await opening;
    opened.unshift(it);
    return it;
  };
  // The tunnel goes before the device does.
  after(async () => {
    for (const it of opened) await it[Symbol.asyncDispose]();
  });
  const device = useSharedDevice();
  let directory: string;
  let host: string;
  let base: string;
  before(async () => {
    directory = (await open(openTempDirectory())).path;
    const registry = await open(openRegistry());
    ({ host } = await open(openTunnel(device().address, registry.port)));
    base = await fillRegistry(device(), host, layerBytes);
    const project = (image: string): string => `FROM ${image}\nCOPY . /all\n`;
    await makeTree(directory, {
      'project/Dockerfile': project(base),
      'missing/Dockerfile': project(`${host}/private/nobody:1`),
      'unreachable/compose.yaml': 'services: {web: {image: "127.0.0.1:1/web:1"}}\n',
      'docker/config.json': withAuth(host, registryLogin.password),
      'wrong/config.json': withAuth(host, 'WRONG'),
      'helped/config.json': JSON.stringify({
        auths: { 'other.example': { auth: Buffer.from('other:OTHER').toString('base64') } },
        credHelpers: { [host]: 'test' },
      }),
      'bin/docker-credential-test': {
        run: `#!/bin/sh\ncat > /dev/null; echo '{"Username": "me", "Secret": "S3CRET"}'\n`,
      },
      'secrets.json': JSON.stringify({ [host]: registryLogin }),
    });
  });
  afterEach(async () => {
    await device().ssh(`docker rmi --force ${base} project-main`);
  });

  const file = (name: string): string => path.join(directory, name);
  const build = (
    project: string,
    env: NodeJS.ProcessEnv = {},
    { to = device().address, flags = [] as string[] } = {},
  ): Promise<Ended> =>
    startOs(['build', to, '--source', file(project), '--json', ...flags], directory, env).ended;
  const assertFails = (ended: Ended, code: number, message: RegExp, hint: string): void => {
    assert.equal(ended.code, code, ended.stdout + ended.stderr);
    const last = lastOf(ended);
    assert.ok(last.type === 'error');
    assert.match(last.error.message, message);
    assert.equal(last.error.hint, hint);
    assert.doesNotMatch(ended.stdout + ended.stderr, /S3CRET|WRONG/);
  };

  it("pulls a base image with the login of docker's configuration, and tells how far it is", async () => {
    const ended = await build('project', { DOCKER_CONFIG: file('docker') });
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    const events = eventsOf(ended);
    const progress = events.flatMap(event => (event.type === 'pull-progress' ? [event] : []));
    assert.ok(progress.some(({ doneBytes, totalBytes }) => doneBytes > 0 && totalBytes > layerBytes));
    assert.ok(events.some(event => event.type === 'pulled' && event.image === base));
  });

  it('asks a credential helper, and sends no other login', async () => {
    const { address, ports } = device();
    const headers: string[] = [];
    const keep = (header: string | string[] | undefined): void => {
      headers.push(Buffer.from(String(header), 'base64').toString());
    };
    await using proxy = await openBalenaEngineProxy(
      { address, port: ports.engine ?? 0 },
      (_, { 'x-registry-config': sent }) => {
        keep(sent);
        return Promise.resolve();
      },
      ({ 'x-registry-auth': sent }) => keep(sent),
    );
    const env = {
      DOCKER_CONFIG: file('helped'),
      PATH: `${file('bin')}:${process.env['PATH'] ?? ''}`,
    };
    const ended = await build('project', env, { to: proxy.address });
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    const login = { ...registryLogin, serveraddress: host };
    assert.deepEqual(
      headers.map(text => JSON.parse(text) as unknown),
      [login, { [host]: login }],
    );
    assert.doesNotMatch(ended.stdout + ended.stderr, /S3CRET|OTHER/);
  });

  it('takes --registry-secrets before what docker knows, and leaves nothing of them in the image', async () => {
    const flags = ['--registry-secrets', file('secrets.json')];
    const ended = await build('project', { DOCKER_CONFIG: file('wrong') }, { flags });
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    const image = await device().engine('/images/project-main/json');
    assert.doesNotMatch(JSON.stringify(image) + ended.stdout + ended.stderr, /S3CRET/);
  });

  const loginHint = 'log in with docker login, or give --registry-secrets; is its name right?';
  it('ends with 4 without a login and with a wrong one, and says what to do', async () => {
    assertFails(await build('project'), 4, /^cannot pull \S+base:1: .*no basic auth credentials$/, loginHint);
    const wrong = await build('project', { DOCKER_CONFIG: file('wrong') });
    assertFails(wrong, 4, /^cannot pull \S+base:1: .*unauthorized/, loginHint);
  });

  it('ends with 4 for an image that is not there and a registry that nobody reaches, and says so', async () => {
    const missing = await build('missing', { DOCKER_CONFIG: file('docker') });
    assertFails(
      missing,
      4,
      /^cannot pull \S+nobody:1: .*manifest unknown/,
      'are its name and its tag right?',
    );
    const unreachable = await build('unreachable');
    assertFails(
      unreachable,
      4,
      /^cannot pull 127\.0\.0\.1:1\/web:1: .*connection refused$/,
      'it is the device that pulls: does it reach the registry?',
    );
  });

  it('ends with 9 when the device is full in the midst of a pull, and pulls once there is room', async () => {
    await using disk = await openSmallDisk(device(), 40);
    await disk.leaveFree(4);
    const env = { DOCKER_CONFIG: file('docker') };
    assertFails(
      await build('project', env),
      9,
      /^\S+ is out of space: .*no space left on device/,
      '`os clean` removes what earlier pushes left behind',
    );
    await disk.leaveFree(30);
    const again = await build('project', env);
    assert.equal(again.code, 0, again.stdout + again.stderr);
  });
});
