import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { cutEngine } from '../../../../support/cut-engine.ts';
import { openTestMemory } from '../../../../support/delta-rounds.ts';
import { ImageEngine } from '../../../../support/image-engine.ts';
import { LocalDocker } from '../../../../support/local-docker.ts';
import { openTestTagRecords, pushInProcess } from '../../../../support/push-in-process.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';
import { makeTree } from '../../../../support/tree.ts';

interface Scene extends AsyncDisposable {
  readonly path: string;
  readonly docker: LocalDocker;
  edit(content: string, directory?: string): Promise<void>;
  push(options?: { engine?: ImageEngine; directory?: string; name?: string; cutAt?: number }): Promise<void>;
  /** Names without their digests: `main`, `main-sent`. */
  ours(): string[];
}

async function openScene(): Promise<Scene> {
  const temp = await openTempDirectory();
  const docker = new LocalDocker();
  const records = openTestTagRecords();
  const memories = new Map<string, ReturnType<typeof openTestMemory>>();
  const first = new ImageEngine();
  await makeTree(temp.path, {
    'compose.yaml': 'services: {main: {build: .}}\n',
    Dockerfile: 'FROM busybox\nCOPY data /data\n',
    'data/a': '0',
  });
  return {
    path: temp.path,
    docker,
    edit: (content, directory = temp.path) => makeTree(directory, { 'data/a': content }),
    async push({ engine = first, directory = temp.path, name = 'shop', cutAt = 0 } = {}) {
      const key = `${directory} ${name} ${engine.engineId}`;
      const memory = memories.get(key) ?? openTestMemory();
      memories.set(key, memory);
      const to = cutEngine(engine.asEngine(), cutAt).engine;
      try {
        await pushInProcess(to, directory, {
          ...{ name, memory, place: 'local', docker: docker.run, tagRecords: records },
        });
      } finally {
        // The lock of a process that ended is taken over; this one lives on.
        engine.volumes.clear();
      }
    },
    ours: () =>
      [...docker.names.keys()].flatMap(it =>
        it.startsWith('os-build/') ? [it.replace(/^os-build\/(.*):[0-9a-f]{12}/, '$1')] : [],
      ),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

describe('the names that builds on this machine give', function () {
  this.timeout(20_000);

  it('are two after any number of builds, and no image is left without a name', async () => {
    await using scene = await openScene();
    for (const content of ['1', '2', '2', '3']) {
      await scene.edit(content);
      await scene.push();
      assert.deepEqual(scene.ours(), ['shop-main', 'shop-main-sent']);
      assert.equal(scene.docker.images.size, 1);
    }
  });

  it('stay two where pushes fail after the build, or in it', async () => {
    await using scene = await openScene();
    await scene.push();
    let requests = 0;
    for (const content of ['1', '2', '3']) {
      await scene.edit(content);
      // The device is lost when the image is sent.
      requests = requests === 0 ? await countUntilLoad(scene) : requests;
      await assert.rejects(scene.push({ cutAt: requests }));
      scene.docker.isBuildFailing = true;
      await scene.edit(`${content} fails`);
      await assert.rejects(scene.push());
      scene.docker.isBuildFailing = false;
      assert.deepEqual(scene.docker.nameless, []);
    }
    await scene.push();
    assert.deepEqual(scene.ours(), ['shop-main', 'shop-main-sent']);
    assert.equal(scene.docker.images.size, 1);
  });

  it('are kept for each project and each device', async () => {
    await using scene = await openScene();
    const other = new ImageEngine('other');
    await scene.push();
    await scene.push({ engine: other });
    await scene.push({ name: 'second' });
    await scene.edit('1');
    await scene.push();
    assert.deepEqual(scene.ours().sort(), [
      'second-main',
      'second-main-sent',
      'shop-main',
      'shop-main',
      'shop-main-sent',
      'shop-main-sent',
    ]);
    assert.deepEqual(scene.docker.nameless, []);
  });

  it('are removed where the project was pushed to the device from another directory before', async () => {
    await using scene = await openScene();
    await using moved = await openTempDirectory();
    await scene.push();
    await cp(scene.path, moved.path, { recursive: true });
    await scene.edit('moved', moved.path);
    await scene.push({ directory: moved.path });
    assert.deepEqual(scene.ours(), ['shop-main', 'shop-main-sent']);
    assert.equal(scene.docker.images.size, 1);
  });

  it("leave other people's images and names alone, also those that look like ours or lead to one of ours", async () => {
    await using scene = await openScene();
    await scene.push();
    const [built = '', sent = ''] = [...scene.docker.names.keys()];
    const ours = scene.docker.names.get(built) ?? '';
    const bystanders = ['theirs:1', 'os-build/shop-main:theirs', `${built}-mine`];
    for (const name of bystanders) scene.docker.addImage(name, { layers: [{ '/theirs': name }] });
    scene.docker.names.set('kept-by-them', ours);
    // Somebody gives our name to an image of theirs.
    scene.docker.names.set(sent, scene.docker.names.get('theirs:1') ?? '');
    const before = new Map(scene.docker.names);
    await scene.edit('1');
    await scene.push();
    await scene.edit('2');
    await scene.push();
    for (const name of [...bystanders, 'kept-by-them'])
      assert.equal(scene.docker.names.get(name), before.get(name), name);
    assert.ok(scene.docker.images.has(ours));
    assert.deepEqual(scene.docker.nameless, []);
    assert.ok(scene.docker.commands.every(it => !/ prune|--force| -f/.test(it)));
  });

  it('are not removed without a record', async () => {
    await using scene = await openScene();
    scene.docker.addImage('os-build/shop-main:0123456789ab-sent', { layers: [{ '/old': '1' }] });
    await scene.push();
    await scene.edit('1');
    await scene.push();
    assert.ok(scene.docker.names.has('os-build/shop-main:0123456789ab-sent'));
  });
});

/** The number of the request that loads the image, in a push that is cut there. */
async function countUntilLoad(scene: Scene): Promise<number> {
  const engine = new ImageEngine('counted');
  const counting = cutEngine(engine.asEngine(), 0);
  await pushInProcess(counting.engine, scene.path, {
    ...{ name: 'counted', memory: openTestMemory(), place: 'local', docker: scene.docker.run },
  });
  const at = counting.requests.indexOf('loadImage') + 1;
  for (const name of scene.docker.names.keys())
    if (name.includes('counted'))
      await scene.docker.run(['image', 'rm', name], { signal: new AbortController().signal });
  return at;
}
