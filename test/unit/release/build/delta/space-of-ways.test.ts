import assert from 'node:assert/strict';
import { OsError } from '../../../../../src/core/errors.ts';
import { openImageScene, sceneImage, waysOf, type ImageScene } from '../../../../support/image-scene.ts';

const megabyte = 1_000_000;
const large = (letter: string): Buffer => Buffer.alloc(12 * megabyte, letter);

/** Pushed once, with a file of 12 MB; nothing that was received for that counts. */
async function openPushed(...lines: readonly string[]): Promise<ImageScene> {
  const scene = await openImageScene(['FROM busybox', ...lines, 'CMD ["sleep"]'], {
    'data/a': 'one',
    'data/large': large('x'),
  });
  scene.engine.imageBytes = 100 * megabyte;
  await scene.push({ freeBytes: 45 * megabyte });
  scene.engine.received.length = 0;
  return scene;
}

/** The push ends with `no-space`, sends nothing, and leaves the image as it was. */
async function assertRefused(scene: ImageScene, freeBytes: number, message: RegExp): Promise<void> {
  const before = [...scene.engine.tags];
  await assert.rejects(scene.push({ freeBytes }), (error: unknown) => {
    assert.ok(error instanceof OsError, String(error));
    assert.equal(error.code, 'no-space');
    assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(scene.engine.received, []);
  assert.deepEqual([...scene.engine.tags], before);
  assert.deepEqual([...scene.engine.containers], []);
  assert.deepEqual([...scene.engine.volumes], []);
}

describe('the space check of a push', function () {
  this.timeout(20_000);

  it('lets a small change of a large context pass on a device that the context would not fit on', async () => {
    await using scene = await openPushed('COPY data /data');
    await scene.write({ 'data/a': 'two' });
    assert.deepEqual(waysOf(await scene.push({ freeBytes: megabyte })), ['layer']);
    assert.equal(scene.engine.filesOf(sceneImage)['/data/a'], 'two');
  });

  it('refuses a layer that does not fit before it is sent', async () => {
    await using scene = await openPushed('COPY data /data');
    await scene.write({ 'data/large': large('y') });
    const message = /^fake has 43\.0 MB free; these builds need about 44\.0 MB$/;
    await assertRefused(scene, 43 * megabyte, message);
    assert.deepEqual(waysOf(await scene.push({ freeBytes: 45 * megabyte })), ['layer']);
  });

  it('reckons with the files of the remaining steps where a build goes on in the middle', async () => {
    await using scene = await openPushed('COPY data/large /large', 'COPY data/a /a', 'RUN cat /a > /b');
    await scene.write({ 'data/a': 'two' });
    assert.deepEqual(waysOf(await scene.push({ freeBytes: megabyte })), ['continued']);
    assert.equal(scene.engine.filesOf(sceneImage)['/b'], 'two');
  });

  it('refuses a build that goes on in the middle where the files of its steps do not fit', async () => {
    await using scene = await openPushed('COPY data/a /a', 'RUN cat /a > /b', 'COPY data /data');
    await scene.write({ 'data/a': 'two' });
    await assertRefused(scene, 43 * megabyte, /^fake has 43\.0 MB free; these builds need about 44\.0 MB$/);
    assert.deepEqual(waysOf(await scene.push({ freeBytes: 45 * megabyte })), ['continued']);
  });

  it('asks for no space for another CMD', async () => {
    await using scene = await openPushed('COPY data /data');
    await scene.write({ Dockerfile: 'FROM busybox\nCOPY data /data\nCMD ["other"]\n' });
    assert.deepEqual(waysOf(await scene.push({ freeBytes: 0 })), ['config']);
  });

  it('asks for no space where no step takes what changed', async () => {
    await using scene = await openPushed('COPY data /data');
    await scene.write({ unused: large('z') });
    assert.deepEqual(waysOf(await scene.push({ freeBytes: 0 })), ['none']);
  });

  it('refuses the full build that follows a delta which the engine does not take, before its context is sent', async () => {
    await using scene = await openPushed('COPY data /data');
    await scene.write({ 'data/a': 'two' });
    scene.engine.loadFailure = new OsError('engine-refused', 'not today');
    await assert.rejects(scene.push({ freeBytes: 43 * megabyte }), (error: unknown) => {
      assert.ok(error instanceof OsError && error.code === 'no-space');
      assert.equal(error.message, 'fake has 43.0 MB free; the image of main needs about 44.0 MB');
      return true;
    });
    assert.deepEqual(
      scene.engine.received.map(({ request }) => request),
      ['load'],
    );
    assert.equal(scene.engine.filesOf(sceneImage)['/data/a'], 'one');
  });

  it('is not tried again as a full build where the disk is full while a layer is loaded', async () => {
    await using scene = await openPushed('COPY data /data');
    await scene.write({ 'data/a': 'two' });
    scene.engine.loadFailure = new OsError('no-space', 'fake is out of space: no space left on device');
    await assert.rejects(scene.push(), (error: unknown) => {
      assert.ok(error instanceof OsError && error.code === 'no-space');
      return true;
    });
    assert.deepEqual(
      scene.engine.received.map(({ request }) => request),
      ['load'],
    );
    assert.deepEqual([...scene.engine.containers], []);
    scene.engine.loadFailure = undefined;
    await scene.push();
    assert.equal(scene.engine.filesOf(sceneImage)['/data/a'], 'two');
  });
});
