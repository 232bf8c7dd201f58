import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eventsOf, lastOf, startedIn, usePushing } from '../support/pushing.ts';
import { run } from '../support/run.ts';
import { root } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const example = (name: string): string => path.join(root, 'examples', name);

describe('os push', function () {
  this.timeout(90_000);
  const { device, os, start, push, pushed, containers, page } = usePushing();

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
    const healthy = events.flatMap(it =>
      it.type === 'service' && it.state === 'healthy' ? [it.service] : [],
    );
    assert.deepEqual(healthy, ['worker', 'web']);
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
      ['its context changed: page/index.html'],
    );
    assert.equal(await page(8081), 'changed');
    const last = events.at(-1);
    assert.equal(last?.type === 'done' && last.outcome, 'updated');
  });

  it('tells what of a context no image can have', async () => {
    await using project = await openTempDirectory();
    const files = { Dockerfile: 'FROM busybox\nCOPY . /x\n', '.dockerignore': '*.sock\n' };
    await makeTree(project.path, files);
    await run('mkfifo', [path.join(project.path, 'a.pipe'), path.join(project.path, 'b.sock')]);
    const { code, stderr } = await os(
      'build',
      device().address,
      '--source',
      project.path,
      '--project',
      'odd',
    );
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^main: an image cannot contain pipes, sockets and devices, so these are left out: a\.pipe$/m,
    );
  });

  it('starts nothing anew when all that changed is what no step of the build takes', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      Dockerfile: 'FROM busybox\nCOPY a /a\nCMD ["sleep", "1000"]\n',
      'compose.yaml': 'name: idle\nservices:\n  web: {build: ., init: true}\n',
      a: '1',
    });
    await pushed(project.path);
    await writeFile(path.join(project.path, 'notes'), 'not for the image');
    const events = await pushed(project.path);
    assert.ok(events.some(({ type }) => type === 'built'));
    assert.deepEqual(startedIn(events), []);
    const last = lastOf(await push(project.path));
    assert.equal(last.type === 'done' && last.outcome, 'up-to-date');
    const { RepoTags } = (await device().engine('/images/idle-web/json')) as { RepoTags: string[] };
    assert.equal(RepoTags.length, 2, 'its name, and one record of what it was made of');
  });

  it('follows the logs of its services until Ctrl-C, and leaves them running', async () => {
    const following = start('push', device().address, '--source', example('multi'));
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

  it('limits RUN as `ulimits` say, and tags the image as `tags` say; other tags build it again', async () => {
    await using project = await openTempDirectory();
    const write = (tags: string): Promise<void> =>
      makeTree(project.path, {
        'compose.yaml': `name: limited\nservices:\n  web:\n    init: true\n    build: {context: ., ulimits: {nofile: {soft: 123, hard: 456}}, tags: [${tags}]}\n`,
        Dockerfile: 'FROM busybox\nRUN echo $(ulimit -Sn) $(ulimit -Hn)\nCMD ["sleep", "1000"]\n',
      });
    await write('"shop/web:one", two');
    const said = (await pushed(project.path)).flatMap(it => (it.type === 'build-output' ? [it.text] : []));
    assert.deepEqual(said, ['123 456']);
    /** Without the record of what it was made of. */
    const tags = async (): Promise<string[]> => {
      const { RepoTags } = (await device().engine('/images/limited-web/json')) as { RepoTags: string[] };
      return RepoTags.filter(tag => !tag.startsWith('limited-web:os-')).sort();
    };
    assert.deepEqual(await tags(), ['limited-web:latest', 'shop/web:one', 'two:latest']);
    await write('three');
    await pushed(project.path);
    // It is the same image, which keeps the names that it was given.
    assert.deepEqual(await tags(), ['limited-web:latest', 'shop/web:one', 'three:latest', 'two:latest']);
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
