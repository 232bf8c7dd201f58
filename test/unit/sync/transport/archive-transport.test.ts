import assert from 'node:assert/strict';
import type { Engine } from '../../../../src/engine/engine.ts';
import type { Change } from '../../../../src/sync/transport/change.ts';
import { openArchive } from '../../../../src/sync/transport/archive/open-archive.ts';
import { describeMounts } from '../../../../src/sync/transport/mount-points.ts';
import { SyncRefusal } from '../../../../src/sync/transport/transport.ts';
import { sourceOf } from '../../../support/model-container.ts';

const { signal } = new AbortController();

describe('the way into a container without a shell', () => {
  it('reports volumes and temporary file systems, and refuses files that nobody would see there', async () => {
    let archives = 0;
    const engine = {
      getContainer: () =>
        Promise.resolve({
          mounts: [
            { type: 'volume', path: '/app/data' },
            { type: 'tmpfs', path: '/app/cache' },
          ],
        }),
      putArchive: () => Promise.resolve(void (archives += 1)),
    } as unknown as Engine;
    await using transport = await openArchive(engine, 'one', {
      openSource: sourceOf(() => Buffer.from('x')),
      leftovers: new Set(),
      signal,
    });
    const write = (path: string): Change => ({
      do: 'write',
      path,
      name: 'x',
      owner: undefined,
      isExecutable: false,
    });
    await transport.apply([write('/app/cached'), write('/app/data/x')], signal);
    await assert.rejects(
      transport.apply([write('/app/a'), write('/app/cache/deep/x')], signal),
      (error: unknown) =>
        error instanceof SyncRefusal &&
        error.message ===
          '/app/cache/deep/x is on a tmpfs, where nothing gets without a shell in the container',
    );
    assert.equal(archives, 1);
    assert.deepEqual(
      describeMounts(transport.mounts, ['/app/data/x']).map(it => it.split(':')[0]),
      ['/app/data is a volume in the container'],
    );
  });
});
