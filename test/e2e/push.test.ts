import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openDevice, upTimeoutMs, useDevice } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { eventsOf, startedIn, startOs, type PushLine } from '../support/pushing.ts';
import { root, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const example = (name: string): string => path.join(root, 'examples', name);

interface Listed {
  Id: string;
  Names: string[];
  State: string;
  Labels: Record<string, string>;
}

describe('os push', function () {
  this.timeout(upTimeoutMs);
  const device = useDevice();
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    home = await openTempDirectory();
  });
  after(async () => {
    await home[Symbol.asyncDispose]();
  });

  const os = (...args: string[]): Promise<Ended> => startOs(args, home.path).ended;
  const push = (directory: string, ...flags: string[]): Promise<Ended> =>
    os('push', device().address, '--source', directory, '--detach', '--json', ...flags);
  const lastOf = (ended: Ended): PushLine => {
    const event = eventsOf(ended).at(-1);
    assert.ok(event, ended.stderr);
    return event;
  };
  const pushed = async (directory: string, ...flags: string[]): Promise<PushLine[]> => {
    const ended = await push(directory, ...flags);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    return eventsOf(ended);
  };
  const containers = async (project: string): Promise<Listed[]> => {
    const filters = JSON.stringify({ label: [`com.docker.compose.project=${project}`] });
    return (await device().engine(
      `/containers/json?all=1&filters=${encodeURIComponent(filters)}`,
    )) as Listed[];
  };
  const page = async (port: number): Promise<string> =>
    (await fetch(`http://${device().address}:${port.toString()}/`)).text();

  it('builds a directory with a Dockerfile, runs it, and says where its page is', async () => {
    const ended = await push(example('hello'));
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    const url = eventsOf(ended).find(event => event.type === 'url')?.url;
    assert.equal(url, `http://${device().address}/`);
    assert.match(await (await fetch(url)).text(), /Hello from a container/);
  });

  it('sends and touches nothing when nothing changed, and says so', async () => {
    const before = await containers('hello');
    const ended = await push(example('hello'));
    const last = lastOf(ended);
    assert.equal(last.type === 'done' && last.outcome, 'up-to-date');
    assert.equal(last.type === 'done' && last.sentBytes, 0);
    assert.deepEqual(
      await containers('hello').then(list => list.map(it => it.Id)),
      before.map(it => it.Id),
    );
    assert.deepEqual(
      eventsOf(ended).map(({ type }) => type),
      ['project', 'planned', 'url', 'done'],
    );
    const plain = await os('push', device().address, '--source', example('hello'), '--detach');
    assert.match(plain.stderr, /^up to date \(/m);
  });

  it('starts each service after those it depends on, healthy', async () => {
    const events = await pushed(example('multi'));
    assert.deepEqual(startedIn(events), ['worker', 'web']);
    assert.match(await page(8080), /<h1>Hello at /);
  });

  it('makes anew the one service of three that changed, and keeps what its volume holds', async () => {
    await using project = await openTempDirectory();
    const service = (name: string, greeting: string): string =>
      `  ${name}:\n    image: busybox\n    init: true\n    command: sleep 1000\n    environment: {GREETING: ${greeting}}\n    volumes: ['kept:/kept']\n`;
    const compose = (greeting: string): string =>
      `name: three\nservices:\n${service('a', 'hello')}${service('b', greeting)}${service('c', 'hello')}volumes: {kept: {}}\n`;
    await makeTree(project.path, { 'compose.yaml': compose('hello') });
    await pushed(project.path);
    const ids = async (): Promise<Record<string, string>> =>
      Object.fromEntries((await containers('three')).map(it => [it.Names[0] ?? '', it.Id]));
    const before = await ids();
    await device().ssh('docker exec three-b-1 sh -c "echo data > /kept/file"');
    await writeFile(path.join(project.path, 'compose.yaml'), compose('ahoy'));
    assert.deepEqual(startedIn(await pushed(project.path)), ['b']);
    const afterwards = await ids();
    assert.deepEqual(Object.keys(afterwards).sort(), ['/three-a-1', '/three-b-1', '/three-c-1']);
    assert.equal(afterwards['/three-a-1'], before['/three-a-1']);
    assert.equal(afterwards['/three-c-1'], before['/three-c-1']);
    assert.notEqual(afterwards['/three-b-1'], before['/three-b-1']);
    assert.equal((await device().ssh('docker exec three-b-1 cat /kept/file')).stdout, 'data\n');
  });

  it('builds anew when a file changed, and only then', async () => {
    await using project = await openTempDirectory();
    const hello = path.join(project.path, 'hello-again');
    await cp(example('hello'), hello, { recursive: true });
    await writeFile(
      path.join(hello, 'compose.yaml'),
      'services:\n  web:\n    build: .\n    init: true\n    ports: ["8081:80"]\n',
    );
    await pushed(hello);
    await writeFile(path.join(hello, 'page/index.html'), 'changed');
    const events = await pushed(hello);
    const planned = events.find(event => event.type === 'planned');
    assert.deepEqual(
      planned?.plan.images.map(({ cause }) => cause),
      ['its context changed'],
    );
    assert.equal(await page(8081), 'changed');
    const last = events.at(-1);
    assert.equal(last?.type === 'done' && last.outcome, 'updated');
  });

  it('shows what a failing build step printed, cancels the other builds, and ends with 5', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': 'name: failing\nservices:\n  bad: {build: bad}\n  slow: {build: slow}\n',
      'bad/Dockerfile': 'FROM busybox\nRUN echo the reason why >&2; exit 3\n',
      'slow/Dockerfile': 'FROM busybox\nRUN sleep 300\n',
    });
    const startedMs = performance.now();
    const ended = await push(project.path);
    assert.equal(ended.code, 5, ended.stdout);
    const last = lastOf(ended);
    assert.ok(last.type === 'error');
    assert.equal(last.error.code, 'build-failed');
    assert.match(last.error.message, /^the build of bad fails at step 2\/2: .*returned a non-zero code: 3/);
    assert.match(last.error.message, /\n {2}the reason why/);
    assert.ok(performance.now() - startedMs < 60_000);
    await noBuildContainers();
    const plain = await os('push', device().address, '--source', project.path, '--detach');
    assert.equal(plain.code, 5);
    assert.match(plain.stderr, /the reason why/);
  });

  /** Containers of build steps: what the classic builder makes for RUN carries no name of ours and no project. */
  async function noBuildContainers(): Promise<void> {
    await eventually(async () => {
      const all = (await device().engine('/containers/json?all=1')) as Listed[];
      const strays = all.filter(it => it.Labels['com.docker.compose.project'] === undefined);
      assert.deepEqual(
        strays.map(it => it.Names),
        [],
      );
    });
  }

  it('ends with 6 and the last lines of a service that crashes', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml':
        'name: crashing\nservices:\n  bad:\n    image: busybox\n    command: ["sh", "-c", "echo cannot go on; exit 7"]\n',
    });
    const ended = await push(project.path);
    assert.equal(ended.code, 6, ended.stdout);
    const last = lastOf(ended);
    assert.ok(last.type === 'error');
    assert.match(last.error.message, /^bad has ended with status 7\n {2}cannot go on$/);
  });

  it('keeps the old container when the new one cannot be started', async () => {
    await using project = await openTempDirectory();
    const compose = (command: string): string =>
      `name: steady\nservices:\n  web:\n    image: busybox\n    init: true\n    command: ${command}\n`;
    await makeTree(project.path, { 'compose.yaml': compose('sleep 1000') });
    await pushed(project.path);
    const [before] = await containers('steady');
    await writeFile(path.join(project.path, 'compose.yaml'), compose('/no/such/program'));
    // With init the engine cannot tell; without it, it can.
    await writeFile(
      path.join(project.path, 'compose.yaml'),
      compose('/no/such/program').replace('init: true', 'init: false'),
    );
    const ended = await push(project.path);
    assert.equal(ended.code, 6, ended.stdout);
    const afterwards = await containers('steady');
    assert.deepEqual(
      afterwards.map(it => [it.Id, it.Names[0], it.State]),
      [[before?.Id, '/steady-web-1', 'running']],
    );
  });

  it('refuses a second push to the same project with 8, also when the first was killed only a moment ago', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': 'name: busy\nservices:\n  web: {build: .}\n',
      Dockerfile: 'FROM busybox\nRUN sleep 20\nCMD ["sleep", "1000"]\n',
    });
    const first = startOs(['push', device().address, '--source', project.path, '--detach'], home.path);
    await first.saying(/step 2\/3/);
    const second = await push(project.path);
    assert.equal(second.code, 8, second.stdout);
    first.kill('SIGKILL');
    await first.ended;
    await writeFile(
      path.join(project.path, 'Dockerfile'),
      'FROM busybox\nSTOPSIGNAL KILL\nCMD ["sleep", "1000"]\n',
    );
    await pushed(project.path);
    const volumes = (await device().engine('/volumes')) as { Volumes: { Name: string }[] | null };
    assert.deepEqual(
      (volumes.Volumes ?? []).map(({ Name }) => Name).filter(name => name.startsWith('os-')),
      [],
    );
  });

  it('leaves no containers on the engine when Ctrl-C ends a build', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, { Dockerfile: 'FROM busybox\nRUN sleep 300\n' });
    const pushing = startOs(
      ['push', device().address, '--source', project.path, '--detach', '--project', 'stopped'],
      home.path,
    );
    await pushing.saying(/step 2\/2/);
    await eventually(async () => {
      const all = (await device().engine('/containers/json')) as Listed[];
      assert.ok(all.some(it => it.Labels['com.docker.compose.project'] === undefined));
    });
    pushing.kill('SIGINT');
    assert.equal((await pushing.ended).code, 130);
    await noBuildContainers();
  });

  it('follows the logs of its services until Ctrl-C, and leaves them running', async () => {
    const following = startOs(['push', device().address, '--source', example('multi')], home.path);
    await following.saying(/worker \| wrote the page/);
    following.kill('SIGINT');
    assert.equal((await following.ended).code, 130);
    assert.ok((await containers('multi')).every(it => it.State === 'running'));
  });

  it("makes what the device's own docker command, and with it compose's, understands", async () => {
    const format =
      '{{.Names}} {{.Label "com.docker.compose.service"}} {{.Label "com.docker.compose.oneoff"}}';
    const { stdout } = await device().ssh(
      `docker ps --filter label=com.docker.compose.project=multi --format '${format}' | sort`,
    );
    assert.equal(stdout, 'multi-web-1 web False\nmulti-worker-1 worker False\n');
  });

  it('removes orphans only when told, and volumes only when told twice', async () => {
    await using project = await openTempDirectory();
    const service = (name: string): string =>
      `  ${name}: {image: busybox, init: true, command: sleep 1000, volumes: ["data:/data"]}\n`;
    const write = (...names: string[]): Promise<void> =>
      writeFile(
        path.join(project.path, 'compose.yaml'),
        `name: orphaned\nservices:\n${names.map(service).join('')}volumes: {data: {}}\n`,
      );
    await write('web', 'old');
    await pushed(project.path);
    await write('web');
    await pushed(project.path);
    assert.equal((await containers('orphaned')).length, 2);
    await pushed(project.path, '--remove-orphans');
    assert.equal((await containers('orphaned')).length, 1);
    const down = await os('down', device().address, '--project', 'orphaned');
    assert.equal(down.stdout, 'removed container orphaned-web-1\nremoved network orphaned_default\n');
    const all = await os('down', device().address, '--project', 'orphaned', '--volumes');
    assert.equal(all.stdout, 'removed volume orphaned_data\n');
  });
});

describe('os push over SSH', function () {
  this.timeout(upTimeoutMs);

  it('builds and runs on a production device, with a key', async () => {
    await using home = await openTempDirectory();
    const key = path.join(home.path, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    await using device = await openDevice({ variant: 'production', sshKeyFile: `${key}.pub` });
    const flags = ['--via', 'ssh', '--identity', key, '--detach', '--json'];
    const args = ['push', device.address, '--source', example('hello'), ...flags];
    const first = await startOs(args, home.path).ended;
    assert.equal(first.code, 0, first.stdout + first.stderr);
    assert.match(await (await fetch(`http://${device.address}/`)).text(), /Hello from a container/);
    const again = eventsOf(await startOs(args, home.path).ended).at(-1);
    assert.equal(again?.type === 'done' && again.outcome, 'up-to-date');
    const refused = await startOs(['push', device.address, '--source', example('hello')], home.path).ended;
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /try --via ssh/);
  });
});
