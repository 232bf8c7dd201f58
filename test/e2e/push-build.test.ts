import assert from 'node:assert/strict';
import { appendFile, chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { openBalenaEngineProxy } from '../support/balena-engine-proxy.ts';
import { eventsOf, startOs, type PushLine } from '../support/pushing.ts';
import type { Ended } from '../support/run-program.ts';
import { useSharedDevice } from '../support/shared-device.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree, type Tree } from '../support/tree.ts';

describe('os build', function () {
  this.timeout(upTimeoutMs);
  const device = useSharedDevice();
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    home = await openTempDirectory();
  });
  after(async () => {
    await home[Symbol.asyncDispose]();
  });

  const run = (directory: string, ...flags: string[]): Promise<Ended> =>
    startOs(['build', device().address, '--source', directory, ...flags], home.path, {
      XDG_CACHE_HOME: home.path,
    }).ended;
  const build = async (directory: string, ...flags: string[]): Promise<PushLine[]> => {
    const ended = await run(directory, '--json', ...flags);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    return eventsOf(ended);
  };

  /** The numbers of the steps that the plan says run again, and of those that the engine did not take from its cache. */
  function compare(events: readonly PushLine[], unprobed: readonly number[]): [number[], number[], string[]] {
    const planned = events.find(event => event.type === 'planned');
    const reruns = planned?.plan.images.flatMap(image => image.reruns ?? []) ?? [];
    const predicted = reruns.flatMap(({ step, more }) =>
      Array.from({ length: more + 1 }, (_, i) => step + i),
    );
    const cached = events.flatMap(event => (event.type === 'build-cached' ? [event.step] : []));
    const run = events.flatMap(event =>
      event.type === 'build-step' && !cached.includes(event.step) && !unprobed.includes(event.step)
        ? [event.step]
        : [],
    );
    return [predicted, run, reruns.map(({ instruction, cause }) => `${instruction}: ${cause}`)];
  }

  it('tells before it uploads which steps will run again and because of which file, and the engine agrees', async () => {
    await using project = await openTempDirectory();
    const dockerfile = (line: string): string =>
      [
        'ARG BASE=busybox',
        'FROM $BASE AS tools',
        'COPY tools /tools',
        'RUN cat /tools/* > /all',
        'FROM $BASE',
        'ARG VERSION=1',
        'WORKDIR /app',
        'COPY package.json *.lock ./',
        'RUN echo $VERSION \\',
        '  # of the packages',
        '  && cat package.json',
        'ENV DIRECTORY=src',
        'COPY $DIRECTORY/ ./$DIRECTORY/',
        'COPY --from=tools /tools /tools',
        line,
        'COPY . .',
        'CMD ["sleep", "1000"]',
        '',
      ].join('\n');
    await makeTree(project.path, {
      '.dockerignore': 'Dockerfile\n.dockerignore\ncompose.yaml\n*.log\n',
      'compose.yaml': 'services: {main: {build: {context: ., network: none}}}\n',
      Dockerfile: dockerfile('RUN true'),
      'package.json': '{}',
      'a.lock': '1',
      'src/a.js': 'a',
      'src/deep/b.js': 'b',
      'tools/t': 't',
    });
    const unprobed = [1, 2, 5];
    await build(project.path, '--no-delta');
    const file = (name: string): string => path.join(project.path, name);
    const edits: [() => Promise<unknown>, string[], string[]?][] = [
      [() => writeFile(file('src/a.js'), 'aa'), ['COPY $DIRECTORY/ ./$DIRECTORY/: src/a.js changed']],
      [() => writeFile(file('notes.txt'), 'n'), ['COPY . .: notes.txt changed']],
      [() => appendFile(file('a.lock'), '2'), ['COPY package.json *.lock ./: a.lock changed']],
      [
        () => writeFile(file('Dockerfile'), dockerfile('RUN echo other')),
        ['RUN echo other: the Dockerfile changed here'],
      ],
      [() => chmod(file('src/deep/b.js'), 0o755), ['COPY $DIRECTORY/ ./$DIRECTORY/: src/deep/b.js changed']],
      [
        () => Promise.resolve(),
        ['RUN echo $VERSION   && cat package.json: build argument VERSION changed'],
        ['--build-arg', 'VERSION=2'],
      ],
      [() => writeFile(file('src/a.js'), 'a'), ['COPY $DIRECTORY/ ./$DIRECTORY/: src/a.js changed']],
    ];
    for (const [edit, causes, flags = []] of edits) {
      await edit();
      const [predicted, run, told] = compare(await build(project.path, '--no-delta', ...flags), unprobed);
      assert.deepEqual(predicted, run, told.join('\n'));
      assert.deepEqual(told, causes);
    }
    // What was there before is still in the engine's cache.
    await writeFile(file('src/a.js'), 'aa');
    await writeFile(file('Dockerfile'), dockerfile('RUN true'));
    await chmod(file('src/deep/b.js'), 0o644);
    const [predicted, run] = compare(await build(project.path, '--no-delta'), unprobed);
    assert.deepEqual(predicted, run);
    await writeFile(file('tools/t'), 'tt');
    const dry = await startOs(['plan', device().address, '--source', project.path, '--no-delta'], home.path, {
      XDG_CACHE_HOME: home.path,
    }).ended;
    const expected = [
      /\n {2}step 3 COPY tools \/tools runs again: tools\/t changed; so does the one after it\n/,
      /\n {2}step 12 COPY --from=tools \/tools \/tools may run again: stage tools is rebuilt; so do the 3 after it\n/,
    ];
    for (const pattern of expected) assert.match(dry.stdout, pattern);
    assert.deepEqual(
      ...(compare(await build(project.path, '--no-delta'), unprobed).slice(0, 2) as [number[], number[]]),
    );
  });

  it('remembers what was built also when its service does not stay up', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, { Dockerfile: 'FROM busybox\nCOPY . /all\nCMD ["false"]\n', a: '1' });
    const flags = [device().address, '--source', project.path, '--project', 'crashing'];
    const env = { XDG_CACHE_HOME: home.path };
    const crashed = await startOs(['push', ...flags, '--detach'], home.path, env).ended;
    assert.equal(crashed.code, 6, crashed.stderr);
    await writeFile(path.join(project.path, 'a'), '2');
    const plan = await startOs(['plan', ...flags, '--no-delta'], home.path, env).ended;
    assert.match(plan.stdout, /\n {2}step 2 COPY \. \/all runs again: a changed; so does the one after it\n/);
    await startOs(['down', device().address, '--project', 'crashing', '--volumes'], home.path).ended;
  });

  const withSecret = (secret: string): Tree => ({
    Dockerfile:
      'FROM busybox\nARG GREETING\nRUN echo $GREETING > /greeting; cp /run/secrets/deep/token /copied || true\nCOPY . /all\n',
    '.dockerignore': '!.balena\n!.balena/secrets',
    '.balena/balena.yml':
      'build-variables: {global: [GREETING=ahoy]}\nbuild-secrets: {services: {main: [{source: token, dest: deep/token}]}}\n',
    '.balena/secrets/token': secret,
  });

  it('refuses build secrets in one clear line where the engine is Docker, with 4, before it sends anything', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, withSecret('S3CRET'));
    const ended = await run(project.path, '--project', 'secretive');
    assert.equal(ended.code, 4);
    assert.match(
      ended.stderr,
      /: main: build secrets need balenaEngine, and \S+ runs Docker, whose classic builder has no way to keep them out of the image$/m,
    );
    assert.doesNotMatch(ended.stderr, /step|S3CRET/);
  });

  it('mounts build secrets on balenaEngine while it builds, and leaves them in no layer, label, log or volume', async () => {
    await using project = await openTempDirectory();
    const secret = 'S3CRET-of-the-build';
    await makeTree(project.path, withSecret(secret));
    const { address, ports } = device();
    const seen: string[] = [];
    await using proxy = await openBalenaEngineProxy({ address, port: ports.engine ?? 0 }, async query => {
      assert.doesNotMatch(query.toString(), /S3CRET/);
      const [volume = ''] = JSON.parse(query.get('volumes') ?? '[]') as string[];
      const [name = '', ...rest] = volume.split(':');
      const held = await device().ssh(`cat /var/lib/docker/volumes/${name}/_data/deep/token`);
      seen.push(rest.join(':'), held.stdout);
    });
    const ended = await startOs(
      ['build', proxy.address, '--source', project.path, '--project', 'secretive', '--json'],
      home.path,
      { XDG_CACHE_HOME: home.path },
    ).ended;
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assert.deepEqual(seen, ['/run/secrets:ro', secret]);
    assert.doesNotMatch(ended.stdout + ended.stderr, /S3CRET/);
    const image = 'secretive-main';
    const unpacked = `mkdir /tmp/saved && docker save ${image} | tar -x -C /tmp/saved && for l in $(find /tmp/saved -name layer.tar); do mkdir $l.d && tar -x -C $l.d -f $l; done`;
    const saved = await device().ssh(unpacked);
    assert.equal(saved.code, 0, saved.stderr);
    const grep = await device().ssh(
      'cat /tmp/saved/*/*.d/greeting; grep -r S3CRET /tmp/saved; ls -A /tmp/saved/*/*.d/all',
    );
    assert.equal(grep.stdout, 'ahoy\n.dockerignore\nDockerfile\n');
    assert.doesNotMatch(JSON.stringify(await device().engine(`/images/${image}/json`)), /S3CRET/);
    const { Volumes } = (await device().engine('/volumes')) as { Volumes: { Name: string }[] | null };
    assert.deepEqual(
      (Volumes ?? []).filter(({ Name }) => Name.startsWith('os-')),
      [],
    );
    const containers = (await device().engine('/containers/json?all=1')) as unknown[];
    assert.deepEqual(containers, []);
  });

  it('leaves no build secret on the device when Ctrl-C ends the build', async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      ...withSecret('S3CRET'),
      Dockerfile: 'FROM busybox\nRUN sleep 300\n',
    });
    const { address, ports } = device();
    await using proxy = await openBalenaEngineProxy({ address, port: ports.engine ?? 0 }, () =>
      Promise.resolve(),
    );
    const args = ['build', proxy.address, '--source', project.path, '--project', 'cut'];
    const building = startOs(args, home.path, { XDG_CACHE_HOME: home.path });
    await building.saying(/step 2\/2/);
    building.kill('SIGINT');
    assert.equal((await building.ended).code, 130);
    const { Volumes } = (await device().engine('/volumes')) as { Volumes: { Name: string }[] | null };
    assert.deepEqual(Volumes ?? [], []);
  });

  it("takes the architecture's Dockerfile, its template variables replaced", async () => {
    await using project = await openTempDirectory();
    await makeTree(project.path, {
      Dockerfile: 'FROM busybox\nRUN false\n',
      'Dockerfile.template': 'FROM busybox\nRUN false\n',
      'Dockerfile.amd64':
        'FROM busybox\nRUN echo %%BALENA_ARCH%% %%RESIN_SERVICE_NAME%% %%BALENA_APP_NAME%% %%BALENA_RELEASE_HASH%%\n',
    });
    const events = await build(project.path, '--project', 'templated');
    const said = events.flatMap(event => (event.type === 'build-output' ? [event.text] : []));
    assert.ok(said.includes('amd64 main templated localrelease'), said.join('\n'));
  });
});
