import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runDeltaRound } from '../support/delta-rounds.ts';
import { upTimeoutMs } from '../support/emulated-device.ts';
import { openFaultyRelay } from '../support/faulty-relay.ts';
import { engineOf } from '../support/placed-files.ts';
import { eventsOf, startOs, usePushing, type PushLine } from '../support/pushing.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';

const largeBytes = 20_000_000;
/** Each is up to three pushes and three full builds: with the fixed one, twenty images are compared. */
const rounds = Number(process.env['DELTA_ROUNDS'] ?? 6);

describe('os push of a project that was pushed before', function () {
  this.timeout(upTimeoutMs);
  const pushing = usePushing();
  const { device, pushed } = pushing;

  const sentIn = (events: readonly PushLine[]): number => {
    const done = events.at(-1);
    return done?.type === 'done' ? done.sentBytes : NaN;
  };
  const waysIn = (events: readonly PushLine[]): string[] =>
    events.flatMap(event => (event.type === 'build-way' ? [event.way] : []));
  const inside = async (project: string, command: string): Promise<string> =>
    (await device().ssh(`docker exec ${project}-main-1 ${command}`)).stdout;

  /** A project with a large file; `lines` follow WORKDIR. */
  async function openProject(
    name: string,
    lines: readonly string[],
  ): Promise<AsyncDisposable & { readonly path: string; write(lines: readonly string[]): Promise<void> }> {
    const temp = await openTempDirectory();
    const write = (now: readonly string[]): Promise<void> =>
      makeTree(temp.path, {
        'compose.yaml': `name: ${name}\nservices: {main: {build: {context: ., network: none}, network_mode: none, init: true}}\n`,
        Dockerfile: ['FROM busybox', 'WORKDIR /app', ...now, ''].join('\n'),
        '.dockerignore': 'compose.yaml\nDockerfile\n.dockerignore\n',
      });
    await write(lines);
    await makeTree(temp.path, { 'src/a.js': 'one', large: randomBytes(largeBytes) });
    return { path: temp.path, write, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
  }

  it('sends one changed file of a large context and nothing else', async () => {
    await using project = await openProject('onefile', ['COPY . .', 'CMD ["sleep", "1000"]']);
    await pushed(project.path);
    await writeFile(path.join(project.path, 'src/a.js'), 'two');
    const events = await pushed(project.path);
    assert.deepEqual(waysIn(events), ['layer']);
    assert.equal(sentIn(events), 3);
    assert.equal(await inside('onefile', 'cat /app/src/a.js'), 'two');
  });

  it('looks into an image once: what it knows of one that it made itself needs no container', async () => {
    await using project = await openProject('lookonce', ['COPY . .', 'CMD ["sleep", "1000"]']);
    await pushed(project.path);
    const looks = async (text: string): Promise<number> => {
      const { stdout: since } = await device().ssh('date +%s.%N');
      await writeFile(path.join(project.path, 'src/a.js'), text);
      assert.deepEqual(waysIn(await pushed(project.path)), ['layer']);
      const events = await device().ssh(
        `docker events --since ${since.trim()} --until "$(date +%s.%N)" --filter type=container --filter event=create`,
      );
      assert.match(events.stdout, /name=new_lookonce-main-1/);
      return events.stdout.split('\n').filter(line => line.includes('name=os-look-')).length;
    };
    assert.equal(await looks('two'), 1);
    assert.equal(await looks('three'), 0);
    assert.equal(await inside('lookonce', 'cat /app/src/a.js'), 'three');
  });

  it('runs only the steps from a changed file on, with the files that they take', async () => {
    await using project = await openProject('middle', [
      'COPY large /large',
      'COPY src src',
      'RUN cat src/a.js > /said',
      'CMD ["sleep", "1000"]',
    ]);
    await pushed(project.path);
    await writeFile(path.join(project.path, 'src/a.js'), 'two');
    const events = await pushed(project.path);
    assert.deepEqual(waysIn(events), ['continued']);
    assert.ok(sentIn(events) < 10_000, sentIn(events).toString());
    const steps = events.flatMap(event => (event.type === 'build-step' ? [event.step] : []));
    assert.deepEqual(steps, [5, 6]);
    assert.equal(await inside('middle', 'cat /said'), 'two');
  });

  it('loads another configuration for another CMD, and sends no file of the context', async () => {
    const lines = (seconds: number): string[] => ['COPY . .', `CMD ["sleep", "${seconds.toString()}"]`];
    await using project = await openProject('command', lines(1000));
    await pushed(project.path);
    await project.write(lines(2000));
    const events = await pushed(project.path);
    assert.deepEqual(waysIn(events), ['config']);
    assert.equal(sentIn(events), 0);
    assert.match(await inside('command', 'ps'), /sleep 2000/);
  });

  it('sends the whole context with --no-delta', async () => {
    await using project = await openProject('whole', ['COPY . .', 'CMD ["sleep", "1000"]']);
    await pushed(project.path);
    await writeFile(path.join(project.path, 'src/a.js'), 'two');
    const events = await pushed(project.path, '--no-delta');
    assert.deepEqual(waysIn(events), []);
    assert.ok(sentIn(events) > largeBytes);
  });

  it('builds in full where the engine refuses a layer, and says why', async () => {
    await using project = await openProject('refused', ['COPY . .', 'CMD ["sleep", "1000"]']);
    await using home = await openTempDirectory();
    await using relay = await openFaultyRelay(device().address, device().ports.engine ?? 2377);
    const push = async (): Promise<PushLine[]> => {
      const to = `127.0.0.1:${relay.port.toString()}`;
      const args = ['push', to, '--source', project.path, '--detach', '--json'];
      const ended = await startOs(args, home.path, { XDG_CACHE_HOME: home.path }).ended;
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      return eventsOf(ended);
    };
    await push();
    await writeFile(path.join(project.path, 'src/a.js'), 'two');
    relay.fault = { do: 'answer', request: /^POST \S+\/images\/load/, body: '{"error":"not today"}\n' };
    const events = await push();
    assert.deepEqual(waysIn(events), ['layer', 'full']);
    const why = events.findLast(event => event.type === 'build-way');
    assert.equal(why?.cause, 'not today');
    assert.equal(await inside('refused', 'cat /app/src/a.js'), 'two');
  });

  it('makes the image that a full build would make, whatever the Dockerfile and whatever was edited', async () => {
    await using engine = await engineOf(device());
    const url = `http://${device().address}:${String(device().ports.engine)}`;
    const first = randomBytes(3).readUIntBE(0, 3);
    // The first takes the last steps of its Dockerfile away.
    const seeds = [7_010_469, ...Array.from({ length: rounds }, (_, i) => first + i)];
    const runSome = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
        await runDeltaRound({ engine, url }, seed);
    };
    // A round waits for its engine most of the time.
    await Promise.all([runSome(), runSome()]);
  });
});
