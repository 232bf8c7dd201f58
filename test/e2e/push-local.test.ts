import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { eventsOf, lastOf, startOs, usePushing, type PushLine } from '../support/pushing.ts';
import type { Ended } from '../support/run-program.ts';
import { useSharedDevice } from '../support/shared-device.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const largeBytes = 5_000_000;

describe('os push of an image that this machine builds', function () {
  this.timeout(upTimeoutMs);
  const { device } = usePushing();
  // Its engine stands in for this machine's.
  const here = useSharedDevice();

  const dockerHost = (): string => `tcp://${here().address}:${String(here().ports.engine)}`;

  async function push(directory: string, home: string, ...flags: string[]): Promise<Ended> {
    const args = ['push', device().address, '--source', directory, '--detach', '--json', ...flags];
    return startOs(args, home, { XDG_CACHE_HOME: home, DOCKER_HOST: dockerHost() }).ended;
  }

  async function pushed(directory: string, home: string, ...flags: string[]): Promise<PushLine[]> {
    const ended = await push(directory, home, ...flags);
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    return eventsOf(ended);
  }

  const sentIn = (events: readonly PushLine[]): number => {
    const done = events.at(-1);
    return done?.type === 'done' ? done.sentBytes : NaN;
  };
  const inside = async (container: string, command: string): Promise<string> =>
    (await device().ssh(`docker exec ${container} ${command}`)).stdout;

  it('sends the layers that the device lacks, and none that it has', async () => {
    await using project = await openTempDirectory();
    await using home = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': 'name: here\nservices: {main: {build: ., init: true}}\n',
      Dockerfile:
        'FROM busybox\nARG WHO\nCOPY large /large\nCOPY a.js /a.js\nRUN echo "$WHO" > /who\nCMD ["sleep", "1000"]\n',
      'a.js': 'one',
      large: randomBytes(largeBytes),
    });
    const flags = ['--build-on', 'local', '--build-arg', 'WHO=me'];
    await here().ssh('docker tag busybox os-build/here-main:theirs');
    const first = await pushed(project.path, home.path, ...flags);
    assert.ok(sentIn(first) > largeBytes && sentIn(first) < largeBytes * 1.1, sentIn(first).toString());
    assert.equal(await inside('here-main-1', 'cat /a.js /who'), 'oneme\n');
    await writeFile(path.join(project.path, 'a.js'), 'two');
    const second = await pushed(project.path, home.path, ...flags);
    assert.ok(sentIn(second) < 20_000, sentIn(second).toString());
    assert.equal(await inside('here-main-1', 'cat /a.js /who'), 'twome\n');
    const third = await pushed(project.path, home.path, ...flags);
    assert.equal(sentIn(third), 0);
    const done = third.at(-1);
    assert.equal(done?.type === 'done' && done.outcome, 'up-to-date');
    // This machine keeps the last build, under two names, and what is somebody else's.
    const named = await here().ssh("docker images --format '{{.Tag}}' os-build/here-main");
    const tags = named.stdout.trim().split('\n').sort();
    assert.deepEqual(
      tags.map(tag => tag.replace(/^[0-9a-f]{12}/, 'ours')),
      ['ours', 'ours-sent', 'theirs'],
    );
    assert.equal((await here().ssh('docker images --quiet --filter dangling=true')).stdout, '');
  });

  it('sends one layer with what changed of a large one', async () => {
    await using project = await openTempDirectory();
    await using home = await openTempDirectory();
    const dockerfile = (command: string): string =>
      `FROM busybox\nCOPY data /data\nRUN cat /data/a.js > /sum\nCMD ["sleep", "${command}"]\n`;
    await makeTree(project.path, {
      'compose.yaml': 'name: little\nservices: {main: {build: ., init: true}}\n',
      Dockerfile: dockerfile('1000'),
      'data/sub/a.js': 'not this one',
      'data/a.js': 'one',
      'data/old.js': 'old',
      'data/large': randomBytes(largeBytes),
    });
    const flags = ['--build-on', 'local'];
    await pushed(project.path, home.path, ...flags);
    await writeFile(path.join(project.path, 'data/a.js'), 'two');
    await writeFile(path.join(project.path, 'data/sub/new.js'), 'new');
    await rm(path.join(project.path, 'data/old.js'));
    const events = await pushed(project.path, home.path, ...flags);
    assert.ok(sentIn(events) < 20_000, sentIn(events).toString());
    const found = await inside('little-main-1', 'sh -c "cat /data/a.js /sum /data/sub/*; ls /data"');
    assert.equal(found, 'twotwonot this onenewa.js\nlarge\nsub\n');
    await writeFile(path.join(project.path, 'Dockerfile'), dockerfile('2000'));
    const again = await pushed(project.path, home.path, ...flags);
    assert.ok(sentIn(again) < 20_000, sentIn(again).toString());
    assert.match(await inside('little-main-1', 'ps'), /sleep 2000/);
  });

  it('takes an image that the device must not pull from this machine', async () => {
    await using project = await openTempDirectory();
    await using home = await openTempDirectory();
    const made = await here().ssh(
      'printf "FROM busybox\\nRUN echo from here > /where\\n" | docker build -q -t only-here -',
    );
    assert.equal(made.code, 0, made.stderr);
    await makeTree(project.path, {
      'compose.yaml':
        'name: taken\nservices: {main: {image: only-here, pull_policy: never, init: true, command: sleep 1000}}\n',
    });
    const events = await pushed(project.path, home.path);
    assert.equal(await inside('taken-main-1', 'cat /where'), 'from here\n');
    // The device has busybox.
    assert.ok(sentIn(events) < 20_000, sentIn(events).toString());
  });

  it('builds the services that os.yml names on this machine, and the others on the device', async () => {
    await using project = await openTempDirectory();
    await using home = await openTempDirectory();
    const dockerfile = 'FROM busybox\nCMD ["sleep", "1000"]\n';
    await makeTree(project.path, {
      'compose.yaml':
        'name: both\nservices: {one: {build: one, init: true}, two: {build: two, init: true}}\n',
      'os.yml': 'build_on: {one: local}\n',
      'one/Dockerfile': dockerfile,
      'two/Dockerfile': dockerfile,
    });
    await pushed(project.path, home.path);
    const images = (await here().ssh("docker images --format '{{.Repository}}'")).stdout;
    assert.match(images, /^os-build\/both-one$/m);
    assert.doesNotMatch(images, /both-two/);
  });

  it('shows why a build on this machine fails, and touches nothing on the device', async () => {
    await using project = await openTempDirectory();
    await using home = await openTempDirectory();
    await makeTree(project.path, {
      'compose.yaml': 'name: fails\nservices: {main: {build: .}}\n',
      Dockerfile: 'FROM busybox\nRUN echo no such luck && false\n',
    });
    const ended = await push(project.path, home.path, '--build-on', 'local');
    assert.equal(ended.code, 5, ended.stdout + ended.stderr);
    const last = lastOf(ended);
    assert.match(last.type === 'error' ? last.error.message : '', /no such luck/);
    assert.equal((await device().ssh('docker ps -aq --filter name=fails')).stdout, '');
  });
});
