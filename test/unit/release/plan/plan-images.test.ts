import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ImageDetails } from '../../../../src/engine/objects.ts';
import type { ContextContents } from '../../../../src/release/build/build-memory.ts';
import type { KnownFacts } from '../../../../src/release/build/predict-build.ts';
import type { BuildRecipe, DesiredRelease } from '../../../../src/release/desired/desired.ts';

type Known = BuildRecipe & KnownFacts;
import { recordTag } from '../../../../src/release/build/build-record.ts';
import { planImages } from '../../../../src/release/plan/plan-images.ts';
import { desire, project, service } from '../../../support/composition.ts';
import { fakeImage } from '../../../support/fake-engine.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const base = fakeImage(`sha256:${digest('base')}`);

const contents = (name: string, files: Record<string, string> = {}): ContextContents => {
  const entries = new Map(Object.entries(files));
  return { digest: digest(name), entries, copied: entries };
};

/** Only what decides about a build; the rest is never looked at. */
const recipe = (rest: Partial<Known> = {}): Known =>
  ({
    digests: { dockerfile: digest('d1'), options: digest('o1') },
    contents: contents('c1', { 'src/': '0', 'src/a.js': '1', 'src/b.js': '1' }),
    former: undefined,
    baseImages: ['busybox'],
    isPulled: false,
    isCacheUsed: true,
    ...rest,
  }) as Known;

async function release(it: Known): Promise<DesiredRelease> {
  const desired = await desire(project([service('web')]));
  const image = { from: 'build' as const, reference: 'shop-web', recipe: it };
  return { ...desired, services: desired.services.map(one => ({ ...one, image })) };
}

async function causeOf(it: Known, images: Map<string, ImageDetails>): Promise<string | undefined> {
  const observed = {
    containers: [],
    supervisor: undefined,
    images,
    networks: new Map(),
    volumes: new Map(),
    missedRestarts: new Map(),
    builds: new Map([['web', it]]),
  };
  return planImages(await release(it), observed)[0]?.cause;
}

const built = (from: Known): Map<string, ImageDetails> => {
  const images = new Map([['busybox', base]]);
  const id = `sha256:${digest('web')}`;
  const tags = ['shop-web:latest', `shop-web:${recordTag(id, from, from.contents, images)}`];
  return images.set('shop-web', { ...base, id, tags });
};

describe('whether an image is built', () => {
  it('is no when all that goes into it is the same', async () => {
    assert.equal(await causeOf(recipe(), built(recipe())), undefined);
  });

  it('is told by what changed', async () => {
    const now = (digests: Partial<Known['digests']>): Known =>
      recipe({ digests: { ...recipe().digests, ...digests } });
    assert.equal(await causeOf(recipe(), new Map()), 'it has no image yet');
    assert.equal(await causeOf(recipe({ contents: contents('c2') }), built(recipe())), 'its context changed');
    assert.equal(await causeOf(now({ dockerfile: digest('d2') }), built(recipe())), 'its Dockerfile changed');
    assert.equal(await causeOf(now({ options: digest('o2') }), built(recipe())), 'its build options changed');
    const images = built(recipe()).set('busybox', { ...base, id: `sha256:${digest('newer')}` });
    assert.equal(await causeOf(recipe(), images), 'its base image busybox changed');
    assert.equal(await causeOf(recipe(), new Map([['shop-web', base]])), 'its image was not built by os');
  });

  it('names the files that changed, where the context that was built is remembered', async () => {
    const former = { context: digest('c1'), entries: recipe().contents.entries };
    const files = { 'src/': '0', 'src/a.js': '2', 'src/new/': '0', 'src/new/c.js': '1' };
    const changed = recipe({ contents: contents('c2', files), former });
    assert.equal(
      await causeOf(changed, built(recipe())),
      'its context changed: src/a.js, src/new/c.js, src/b.js (removed)',
    );
    const elsewhere = { ...former, context: digest('c0') };
    assert.equal(await causeOf({ ...changed, former: elsewhere }, built(recipe())), 'its context changed');
  });

  it('is no where only the base image was removed since', async () => {
    const images = built(recipe());
    images.delete('busybox');
    assert.equal(await causeOf(recipe(), images), undefined);
  });

  it('is yes when the user says so', async () => {
    assert.equal(
      await causeOf(recipe({ isCacheUsed: false }), built(recipe())),
      'it is built without the cache',
    );
    assert.equal(
      await causeOf(recipe({ isPulled: true }), built(recipe())),
      'its base images are pulled again',
    );
  });
});
