import assert from 'node:assert/strict';
import type { ImageSummary } from '../../../../src/engine/objects.ts';
import { cleanDevice } from '../../../../src/release/running/clean.ts';

/** An engine that has these images (id → names) and nothing else; `removed` are the names that it is asked to remove. */
function fake(images: Record<string, string[]>) {
  const removed: string[] = [];
  const unexpected = (): never => assert.fail('not expected');
  return {
    removed,
    engine: {
      ...{ createVolume: unexpected, findVolume: unexpected, removeVolume: unexpected },
      ...{ watchEvents: unexpected, removeContainer: unexpected },
      listContainers: () => Promise.resolve([]),
      listVolumes: () => Promise.resolve([]),
      readLayersBytes: () => Promise.resolve(0),
      listImages: () =>
        Promise.resolve(
          Object.entries(images).map(([id, tags]) => ({ id, tags, digests: [] }) as unknown as ImageSummary),
        ),
      removeImage: (name: string) => {
        removed.push(name);
        return Promise.resolve();
      },
    },
  };
}

describe('layers that a push keeps by a tag', () => {
  const images = {
    web: ['shop-web:latest', 'shop-web:os-run-0123'],
    stage: ['shop-web:os-stage-0'],
    left: ['gone-web:os-stage-0'],
  };
  const { signal } = new AbortController();

  it('stay while the image built of them has its name, and are cleaned after that', async () => {
    const { engine, removed } = fake(images);
    await cleanDevice(engine, { signal, removesDangling: false });
    assert.deepEqual(removed, ['gone-web:os-stage-0']);
  });

  it('are cleaned as unnamed images are, with --dangling', async () => {
    const { engine, removed } = fake(images);
    await cleanDevice(engine, { signal, removesDangling: true });
    assert.deepEqual(removed, ['shop-web:os-stage-0', 'gone-web:os-stage-0']);
  });
});
