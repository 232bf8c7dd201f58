import assert from 'node:assert/strict';
import { OsError, type ErrorCode } from '../../../../src/core/errors.ts';
import { removeOldRunTags } from '../../../../src/release/supervised/run-tag.ts';

describe('the names of earlier builds for a supervisor', () => {
  const { signal } = new AbortController();
  const images = [
    ['shop-web:latest', 'shop-web:os-run-new'],
    ['shop-web:old', 'shop-web:os-run-old'],
    ['shop-web:os-run-alone'],
    ['shop-db:latest', 'shop-db:os-run-old'],
    ['other:latest', 'other:os-run-old'],
  ];
  const removedFrom = async (failure?: ErrorCode): Promise<string[]> => {
    const removed: string[] = [];
    const engine = {
      listImages: () => Promise.resolve(images.map(tags => ({ tags }) as never)),
      removeImage: (tag: string) => {
        removed.push(tag);
        return failure === undefined ? Promise.resolve() : Promise.reject(new OsError(failure, 'no'));
      },
    };
    await removeOldRunTags(engine, ['shop-web:os-run-new', 'shop-db:os-run-new'], signal);
    return removed;
  };

  it('are removed from images that have another name, of these services alone', async () => {
    assert.deepEqual(await removedFrom(), ['shop-web:os-run-old', 'shop-db:os-run-old']);
  });

  it('are left where somebody else removes or uses the image meanwhile', async () => {
    for (const code of ['engine-missing', 'engine-conflict'] as const)
      assert.deepEqual(await removedFrom(code), ['shop-web:os-run-old', 'shop-db:os-run-old']);
  });

  it('that cannot be removed for another reason end the push', async () => {
    await assert.rejects(removedFrom('connection-lost'), { code: 'connection-lost' });
  });
});
