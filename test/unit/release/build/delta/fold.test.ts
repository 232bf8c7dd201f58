import assert from 'node:assert/strict';
import { causesOf, openImageScene, sceneImage, waysOf } from '../../../../support/image-scene.ts';

const lines = ['FROM busybox', 'COPY . /data', 'CMD ["sleep"]'];

describe('a chain of deltas', function () {
  this.timeout(20_000);

  it('is folded into a full build after thirty, and starts anew from there', async () => {
    await using scene = await openImageScene(lines, { a: '0' });
    await scene.push();
    const baseLayers = scene.engine.layersOf(sceneImage).length;
    for (let i = 1; i <= 30; i++) {
      await scene.write({ a: i.toString() });
      assert.deepEqual(waysOf(await scene.push()), ['layer'], i.toString());
    }
    assert.equal(scene.engine.layersOf(sceneImage).length, baseLayers + 30);
    await scene.write({ a: '31' });
    const folded = await scene.push();
    assert.deepEqual(waysOf(folded), ['layer', 'full']);
    assert.equal(causesOf(folded).at(-1), 'its last image has 32 layers, which are folded');
    assert.equal(scene.engine.layersOf(sceneImage).length, baseLayers);
    assert.equal(scene.engine.filesOf(sceneImage)['/data/a'], '31');
    await scene.write({ a: '32' });
    assert.deepEqual(waysOf(await scene.push()), ['layer']);
    assert.equal(scene.engine.filesOf(sceneImage)['/data/a'], '32');
  });

  it('is folded before its layers have more than a quarter of the size of the image', async () => {
    await using scene = await openImageScene(lines, { a: 'x', b: 'b' });
    scene.engine.imageBytes = 8_000_000;
    await scene.push();
    const sizes = [900_000, 1_000_000];
    for (const size of sizes) {
      await scene.write({ a: Buffer.alloc(size, 'y') });
      assert.deepEqual(waysOf(await scene.push()), ['layer'], size.toString());
    }
    await scene.write({ a: Buffer.alloc(200_000, 'z') });
    const folded = await scene.push();
    assert.deepEqual(waysOf(folded), ['layer', 'full']);
    assert.equal(causesOf(folded).at(-1), 'its changes have 2.1 MB, a large part of the image');
    assert.equal(scene.engine.layersOf(sceneImage).length, 2);
  });

  it('of less than a megabyte is not folded for its size: that saves nothing', async () => {
    await using scene = await openImageScene(lines, { a: 'x' });
    scene.engine.imageBytes = 10_000;
    await scene.push();
    await scene.write({ a: Buffer.alloc(9000, 'y') });
    assert.deepEqual(waysOf(await scene.push()), ['layer']);
  });

  it('is folded where the image has nearly as many layers as an engine takes', async () => {
    await using scene = await openImageScene(lines, { a: 'x' });
    const many = Array.from({ length: 119 }, (_, i) => ({ [`/layer${i.toString()}`]: '' }));
    scene.engine.add('busybox', many);
    await scene.push();
    await scene.write({ a: 'y' });
    const folded = await scene.push();
    assert.deepEqual(waysOf(folded), ['layer', 'full']);
    assert.equal(causesOf(folded).at(-1), 'its last image has 120 layers, which are folded');
  });

  it('is folded by --no-delta, which sends the whole context', async () => {
    await using scene = await openImageScene(lines, { a: 'x', b: Buffer.alloc(50_000, 'b') });
    await scene.push();
    await scene.write({ a: 'y' });
    await scene.push();
    await scene.write({ a: 'z' });
    assert.deepEqual(waysOf(await scene.push({ usesDeltas: false })), []);
    const last = scene.engine.received.at(-1);
    assert.ok(last?.request === 'build' && last.sizeBytes > 50_000);
    assert.equal(scene.engine.layersOf(sceneImage).length, 2);
    await scene.write({ a: '1' });
    assert.deepEqual(waysOf(await scene.push()), ['layer']);
  });

  it('is not begun by a build without the cache', async () => {
    await using scene = await openImageScene(lines, { a: 'x' });
    await scene.push();
    await scene.write({ a: 'y' });
    assert.deepEqual(waysOf(await scene.push({ isCacheUsed: false })), []);
    assert.equal(scene.engine.received.at(-1)?.request, 'build');
  });
});
