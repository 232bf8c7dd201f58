import assert from 'node:assert/strict';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { openFaultyRelay, type Fault, type FaultyRelay } from '../support/faulty-relay.ts';
import { eventsOf, startOs, type PushLine, type RunningOs } from '../support/pushing.ts';
import { runInContainer } from '../support/inside-container.ts';
import { run } from '../support/run.ts';
import { root, type Ended } from '../support/run-program.ts';
import { assertNothingLeft } from '../support/push-leftovers.ts';
import { useSharedDevice } from '../support/shared-device.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

interface Listed {
  Id: string;
  Names: string[];
  State: string;
  ImageID: string;
  Labels: Record<string, string>;
}

const projectLabel = 'com.docker.compose.project';

describe('os push where things go wrong', function () {
  this.timeout(upTimeoutMs);
  const device = useSharedDevice();
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  let relay: FaultyRelay;
  /** Pushed over and over: what one test leaves running is what the next one replaces. */
  let project: Awaited<ReturnType<typeof openTempDirectory>>;
  let version = 0;
  before(async () => {
    home = await openTempDirectory();
    project = await openTempDirectory();
    relay = await openFaultyRelay(device().address, device().ports.engine ?? 2377);
  });
  after(async () => {
    await relay[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
    await project[Symbol.asyncDispose]();
  });
  afterEach(() => {
    relay.fault = undefined;
  });

  const throughRelay = (): string => `127.0.0.1:${relay.port.toString()}`;
  const startPush = (directory: string, to = device().address): RunningOs =>
    startOs(['push', to, '--source', directory, '--detach', '--json'], home.path);
  const lastOf = (ended: Ended): PushLine => {
    const event = eventsOf(ended).at(-1);
    assert.ok(event, ended.stderr);
    return event;
  };
  /** The failure that the push ended with, and that it ended with `exitCode`. */
  const failureOf = (ended: Ended, exitCode: number): { code: string; message: string; hint?: string } => {
    assert.equal(ended.code, exitCode, ended.stdout + ended.stderr);
    const last = lastOf(ended);
    assert.ok(last.type === 'error', ended.stdout);
    return last.error as { code: string; message: string; hint?: string };
  };
  const outcomeOf = async (directory: string): Promise<string> => {
    const ended = await startPush(directory).ended;
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    const last = lastOf(ended);
    return last.type === 'done' ? last.outcome : last.type;
  };
  const containers = async (): Promise<Listed[]> =>
    (await device().engine('/containers/json?all=1')) as Listed[];
  const namesOf = async (project: string): Promise<string[]> =>
    (await containers())
      .filter(it => it.Labels[projectLabel] === project)
      .map(it => `${it.Names[0] ?? ''} ${it.State}`)
      .sort();

  const nothingLeft = (): Promise<void> => assertNothingLeft(device());

  /** Untagged images that no other is made of; those that a newer build has replaced have the tag that tells so. */
  const assertNoTemporaryImages = async (): Promise<void> => {
    const filters = encodeURIComponent(JSON.stringify({ dangling: ['true'] }));
    assert.deepEqual(await device().engine(`/images/json?filters=${filters}`), []);
  };

  /** One service whose image has `steps` and 8 MB of files; `version` makes it anew. */
  const write = async (directory: string, version: number, steps = ''): Promise<void> => {
    const name = path
      .basename(directory)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, '');
    await makeTree(directory, {
      'compose.yaml': `name: ${name}\nservices:\n  web: {build: ., init: true}\n`,
      Dockerfile: `FROM busybox\nCOPY . /data\n${steps}CMD ["sleep", "1000"]\n`,
      version: version.toString(),
    });
    await writeFile(path.join(directory, 'large'), Buffer.alloc(8_000_000, version));
  };
  const nameIn = async (directory: string): Promise<string> =>
    /^name: (.*)$/m.exec(await readFile(path.join(directory, 'compose.yaml'), 'utf8'))?.[1] ?? '';
  /** Writes the next version of `project` while an earlier one runs. */
  const writeNext = async (steps = ''): Promise<void> => {
    const isPushed =
      version > 0 && (await namesOf(await nameIn(project.path))).every(it => it.endsWith(' running'));
    if (!isPushed) {
      await write(project.path, ++version);
      assert.equal(await outcomeOf(project.path), 'updated');
    }
    await write(project.path, ++version, steps);
  };
  const versionIn = async (name: string): Promise<string> => {
    const running = (await containers()).find(it => it.Labels[projectLabel] === name);
    assert.ok(running);
    return (await runInContainer(device(), running.Id, 'cat /data/version')).toString();
  };
  /** Pushing again ends well, with one running container of what was pushed, and then has nothing to do. */
  const assertConverges = async (directory: string, expected: number): Promise<void> => {
    const name = await nameIn(directory);
    assert.equal(await outcomeOf(directory), 'updated');
    assert.deepEqual(await namesOf(name), [`/${name}-web-1 running`]);
    assert.equal(await versionIn(name), expected.toString());
    assert.equal(await outcomeOf(directory), 'up-to-date');
    await nothingLeft();
    await assertNoTemporaryImages();
  };

  it('pushes a context of 1 GB in little memory, and names the ten largest in it', async () => {
    await using huge = await openTempDirectory();
    await makeTree(huge.path, {
      Dockerfile: 'FROM busybox\nCOPY small /\nCMD ["sleep", "1000"]\n',
      small: 'x',
    });
    await mkdir(path.join(huge.path, 'data'));
    for (let i = 1; i <= 12; i++) {
      const file = path.join(huge.path, 'data', `${i.toString()}.bin`);
      await writeFile(file, '');
      await truncate(file, 80_000_000 + i * 1_000_000);
    }
    const flags = ['--source', huge.path, '--project', 'huge', '--detach'];
    const pushing = startOs(['push', device().address, ...flags], home.path);
    let peakKib = 0;
    const watching = setInterval(() => {
      readFile(`/proc/${pushing.pid.toString()}/status`, 'utf8').then(
        status => (peakKib = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? peakKib)),
        () => undefined,
      );
    }, 50);
    const ended = await pushing.ended;
    clearInterval(watching);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /the build context is 1(?:\.\d+)? GB; the largest in it:/);
    const listed = [...ended.stderr.matchAll(/ +[\d.]+ MB {2}(data\/\d+\.bin)$/gm)].map(([, name]) => name);
    assert.deepEqual(
      listed,
      Array.from({ length: 10 }, (_, i) => `data/${(12 - i).toString()}.bin`),
    );
    assert.ok(peakKib > 0 && peakKib * 1024 < 150e6, `${((peakKib * 1024) / 1e6).toFixed(0)} MB`);
  });

  const cuts: readonly (readonly [string, Fault, string?])[] = [
    ['while it takes the lock', { do: 'cut', request: /^POST \S+\/volumes\/create/, isPassed: true }],
    ['during the upload', { do: 'cut', request: /^POST \S+\/build/, afterBytes: 2_000_000 }],
    ['during a build step', { do: 'cut', answer: /Step 3\/\d+ : RUN/ }, 'RUN sleep 2\n'],
    ['before it creates a container', { do: 'cut', request: /^POST \S+\/containers\/create/ }],
    [
      'after it created one, unheard',
      { do: 'cut', request: /^POST \S+\/containers\/create/, isPassed: true },
    ],
    ['when the old container is set aside', { do: 'cut', request: /^POST \S+\/rename/, isPassed: true }],
    ['when the old container has stopped', { do: 'cut', request: /^POST \S+\/stop/, isPassed: true }],
    ['when the new container has started', { do: 'cut', request: /^POST \S+\/start/, isPassed: true }],
    ['before the old container is removed', { do: 'cut', request: /^DELETE \S+\/containers\// }],
  ];
  for (const [when, fault, steps] of cuts)
    it(`ends with 10 when the connection is cut ${when}; pushing again converges, and nothing is left`, async () => {
      await writeNext(steps);
      relay.fault = fault;
      const ended = await startPush(project.path, throughRelay()).ended;
      assert.ok(relay.hasFailed(), 'the fault never came');
      const failure = failureOf(ended, 10);
      assert.match(failure.message, /^the (?:connection to the )?engine of 127\.0\.0\.1\S* is (?:lost|gone)/);
      await assertConverges(project.path, version);
    });

  const stages: readonly (readonly [string, RegExp, string])[] = [
    ['the upload', /"type":"upload"/, ''],
    ['a build step', /"instruction":"RUN sleep/, 'RUN sleep 3\n'],
    ['the start of a service', /"state":"starting"/, ''],
    ['the wait for a service to stay up', /"state":"started"/, ''],
  ];
  for (const [stage, sign, steps] of stages)
    it(`ends with 130 when Ctrl-C comes during ${stage}, and leaves one container running and nothing else`, async () => {
      await writeNext(steps);
      const name = await nameIn(project.path);
      const pushing = startPush(project.path);
      await pushing.saying(sign);
      pushing.kill('SIGINT');
      failureOf(await pushing.ended, 130);
      assert.deepEqual(await namesOf(name), [`/${name}-web-1 running`]);
      await nothingLeft();
      await outcomeOf(project.path);
      assert.equal(await versionIn(name), version.toString());
      await assertNoTemporaryImages();
    });

  it('ends with 10 when the engine is restarted during the upload; pushing again converges', async () => {
    await using own = await openTempDirectory();
    await write(own.path, 1);
    relay.fault = { do: 'stall', request: /^POST \S+\/build/, afterBytes: 2_000_000 };
    const pushing = startPush(own.path, throughRelay());
    await eventually(() => assert.ok(relay.hasFailed()));
    await device().ssh('systemctl restart balena');
    assert.match(failureOf(await pushing.ended, 10).message, /is (?:lost|gone)/);
    await assertConverges(own.path, 1);
  });

  it('ends with 10 when the engine is restarted during a build; pushing again converges', async () => {
    await using own = await openTempDirectory();
    await write(own.path, 1, 'RUN sleep 8\n');
    const pushing = startPush(own.path);
    await pushing.saying(/"instruction":"RUN sleep 8/);
    await device().ssh('systemctl restart balena');
    assert.match(failureOf(await pushing.ended, 10).message, /is (?:lost|gone)/);
    await assertConverges(own.path, 1);
  });

  it("is understood by Debian's docker-compose", async () => {
    const multi = path.join(root, 'examples/multi');
    await outcomeOf(multi);
    const host = `tcp://${device().address}:${(device().ports.engine ?? 2377).toString()}`;
    const listed = await run('docker-compose', [
      '-H',
      host,
      '-p',
      'multi',
      '--project-directory',
      multi,
      '-f',
      path.join(multi, 'compose.yaml'),
      'ps',
    ]);
    assert.match(listed, /^multi-web-1 .* Up/m);
    assert.match(listed, /^multi-worker-1 .* Up/m);
  });
});
