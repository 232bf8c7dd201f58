import assert from 'node:assert/strict';
import { cutEngine, type CutPoint } from '../../../support/cut-engine.ts';
import { openTestMemory, type TestMemory } from '../../../support/delta-rounds.ts';
import { ImageEngine } from '../../../support/image-engine.ts';
import { LocalDocker } from '../../../support/local-docker.ts';
import { openTestTagRecords, pushInProcess } from '../../../support/push-in-process.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';
import { makeTree, type Tree } from '../../../support/tree.ts';
import type { Engine } from '../../../../src/engine/engine.ts';

const image = 'cut-main:latest';
const points: readonly CutPoint[] = ['before', 'within', 'after'];

/** All that a push leaves: on the device, in the memory of this machine, and in its Docker. */
interface World {
  readonly engine: ImageEngine;
  readonly memory: TestMemory;
  readonly docker: LocalDocker;
  readonly records: ReturnType<typeof openTestTagRecords>;
}

interface Change {
  readonly dockerfile: string;
  readonly before: Tree;
  readonly now: Tree;
  readonly place: 'device' | 'local';
  /** What the push sends when nothing cuts it. */
  readonly sends: readonly ('build' | 'load')[];
}

const tagsOf = ({ engine }: World): string[] =>
  [...engine.tags.keys()].map(name => name.replace(/\.[0-9a-f]{8}$/, '.ID')).sort();

/** Images with a name and without. */
const imagesOf = ({ engine }: World): string[] =>
  [...engine.images.keys()].filter(name => name.startsWith('sha256:')).sort();

/** Volumes other than the lock, whose holder is this process and lives on. */
const volumesOf = ({ engine }: World): string[] =>
  [...engine.volumes.keys()].filter(name => name !== 'os-lock-cut');

async function assertConverges({ dockerfile, before, now, place, sends }: Change): Promise<void> {
  await using temp = await openTempDirectory();
  const base = { 'compose.yaml': 'services: {main: {build: .}}\n', Dockerfile: dockerfile };
  const push = ({ memory, docker, records }: World, to: Engine): Promise<unknown> =>
    pushInProcess(to, temp.path, {
      ...{ name: 'cut', memory, place, docker: docker.run, tagRecords: records },
    });
  const pushOnce = async (): Promise<World> => {
    await makeTree(temp.path, { ...base, ...before });
    const world: World = {
      engine: new ImageEngine(),
      memory: openTestMemory(),
      docker: new LocalDocker(),
      records: openTestTagRecords(),
    };
    world.engine.imageBytes = 100_000_000;
    world.engine.add('busybox', [{ '/bin/sh': 'shell' }]);
    await push(world, world.engine.asEngine());
    world.engine.received.length = 0;
    await makeTree(temp.path, now);
    return world;
  };
  const start = await pushOnce();
  // Each cut begins where the first push ended.
  const open = (): World => ({
    engine: start.engine.clone(),
    memory: start.memory.clone(),
    docker: start.docker.clone(),
    records: openTestTagRecords(start.records.stored),
  });
  const whole = open();
  const former = whole.engine.tags.get(image);
  const counted = cutEngine(whole.engine.asEngine(), 0);
  await push(whole, counted.engine);
  assert.deepEqual(
    whole.engine.received.map(({ request }) => request),
    sends,
  );
  const wanted = {
    files: whole.engine.filesOf(image),
    config: whole.engine.configOf(image),
    tags: tagsOf(whole),
    images: imagesOf(whole),
    local: [...whole.docker.names.keys()].sort(),
  };
  assert.notEqual(whole.engine.tags.get(image), former);
  for (const point of points)
    for (const [i, request] of counted.requests.entries()) {
      if (point === 'within' && request !== 'loadImage' && request !== 'buildImage') continue;
      const where = `cut ${point} request ${(i + 1).toString()}, ${request}`;
      const world = open();
      const cut = cutEngine(world.engine.asEngine(), i + 1, point);
      await push(world, cut.engine).then(
        () => undefined,
        (error: unknown) => {
          assert.match(String(error), /the connection is cut/, where);
        },
      );
      // Every name leads to a whole image: the former one, or the one that it is named for.
      const files = world.engine.filesOf(image);
      assert.ok(files['/data/a'] === '1' || files['/data/a'] === '2', where);
      for (const [name, id] of world.engine.tags) {
        const digits = /\.([0-9a-f]{8})$/.exec(name)?.[1];
        if (digits !== undefined) assert.equal(id.slice('sha256:'.length, 15), digits, `${where}: ${name}`);
      }
      assert.deepEqual(volumesOf(world), [], where);
      world.engine.volumes.clear();
      await push(world, world.engine.asEngine());
      assert.deepEqual(world.engine.filesOf(image), wanted.files, where);
      assert.deepEqual(world.engine.configOf(image), wanted.config, where);
      assert.deepEqual(tagsOf(world), wanted.tags, where);
      assert.deepEqual(imagesOf(world), wanted.images, where);
      assert.deepEqual([...world.docker.names.keys()].sort(), wanted.local, where);
      assert.deepEqual(world.docker.nameless, [], where);
      assert.deepEqual([...world.engine.containers.values()], [], where);
      assert.deepEqual([...world.engine.volumes.keys()], [], where);
      if (point !== 'after') continue;
      const requests = world.engine.received.length;
      await push(world, world.engine.asEngine());
      assert.equal(world.engine.received.length, requests, `${where}: the third push sends something`);
    }
}

describe('a push that is cut at any request', function () {
  this.timeout(120_000);
  const before = { 'data/a': '1', 'data/gone': 'x' };
  const now = { 'data/a': '2' };
  const copy = 'FROM busybox\nCOPY data /data\n';

  it('of one layer converges with the next push, and leaves nothing half done or stray', () =>
    assertConverges({ dockerfile: copy, before, now, place: 'device', sends: ['load'] }));

  it('of steps in the middle converges with the next push, and leaves nothing half done or stray', () =>
    assertConverges({
      dockerfile: `${copy}RUN cat /data/a > /read\n`,
      ...{ before, now, place: 'device', sends: ['load', 'build'] },
    }));

  it('of another configuration converges with the next push, and leaves nothing half done or stray', () =>
    assertConverges({
      dockerfile: `${copy}CMD ["one"]\n`,
      before,
      now: { Dockerfile: `${copy}CMD ["two"]\n`, 'data/a': '2' },
      ...{ place: 'device', sends: ['load', 'load'] },
    }));

  it('of a difference to an image built here converges with the next push, and leaves nothing half done or stray', () =>
    assertConverges({
      dockerfile: copy,
      before: { ...before, 'data/large': 'y'.repeat(1_200_000) },
      now,
      ...{ place: 'local', sends: ['load'] },
    }));
});
