import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { basesOf, parseRecord, recordBuild, recordTag } from '../../../../src/release/build/build-record.ts';
import type { KnownFacts } from '../../../../src/release/build/predict-build.ts';
import type { BuildRecipe } from '../../../../src/release/desired/desired.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const { signal } = new AbortController();

const recipe = (baseImages: string[] = ['busybox'], context = 'context'): BuildRecipe & KnownFacts =>
  ({
    contents: { digest: digest(context) },
    digests: { dockerfile: digest('dockerfile'), options: digest('options') },
    baseImages,
  }) as unknown as BuildRecipe & KnownFacts;

describe('the record of a build', () => {
  it('fits into a tag and tells apart what it can, however many base images there are', () => {
    const fake = new FakeEngine();
    for (let i = 0; i < 100; i++) fake.addImage(i.toString(), `sha256:${digest(i.toString())}`);
    for (const count of [0, 1, 2, 6, 15, 37, 100]) {
      const made = recipe(Array.from({ length: count }, (_, i) => i.toString()));
      const tag = recordTag(`sha256:${digest('image')}`, made, made.contents, fake.images);
      assert.match(tag, /^\w[\w.-]{0,127}$/);
      const record = parseRecord(`10.0.0.5:5000/shop/web:${tag}`);
      assert.ok(record);
      assert.deepEqual(record.bases, basesOf(made, fake.images));
      assert.ok(made.contents.digest.startsWith(record.context));
    }
  });

  it('is no tag that a person would give', () => {
    for (const reference of ['web', 'web:os-1', '10.0.0.5:5000/os-web', 'web:os-2024-01-01', '<none>:<none>'])
      assert.equal(parseRecord(reference), undefined);
  });

  it('takes the place of an earlier one of the same image under the same name, and of nothing else', async () => {
    const fake = new FakeEngine();
    const image = `sha256:${digest('image')}`;
    fake.addImage('shop-web:latest', image);
    const tagOf = (context: string): string => {
      const from = recipe([], context);
      return recordTag(image, from, from.contents, fake.images);
    };
    const record = (reference: string, context: string): Promise<void> =>
      recordBuild(fake.asEngine(), { image, reference, tag: tagOf(context) }, signal);
    await record('shop-web', '1');
    await record('shop-db:2', '1');
    await record('shop-web', '2');
    assert.deepEqual(
      [...fake.images.keys()],
      ['shop-web:latest', `shop-db:${tagOf('1')}`, `shop-web:${tagOf('2')}`],
    );
  });
});
