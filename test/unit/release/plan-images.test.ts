import assert from 'node:assert/strict';
import type { ImageDetails } from '../../../src/engine/objects.ts';
import type { BuildRecipe, DesiredRelease } from '../../../src/release/desired.ts';
import { buildLabel, planImages } from '../../../src/release/plan-images.ts';
import { desire, project, service } from '../../support/composition.ts';

const base: ImageDetails = {
  id: 'sha256:base',
  labels: {},
  volumes: [],
  exposedTcpPorts: [],
  workingDirectory: '',
  environment: {},
  command: [],
};

/** Only what decides about a build; the rest is never looked at. */
const recipe = (rest: Partial<BuildRecipe> = {}): BuildRecipe =>
  ({
    digests: { context: 'c1', dockerfile: 'd1', options: 'o1' },
    entries: new Map([
      ['src/', '0'],
      ['src/a.js', '1'],
      ['src/b.js', '1'],
    ]),
    former: undefined,
    baseImages: ['busybox'],
    isPulled: false,
    isCacheUsed: true,
    ...rest,
  }) as BuildRecipe;

async function release(it: BuildRecipe): Promise<DesiredRelease> {
  const desired = await desire(project([service('web')]));
  const image = { from: 'build' as const, reference: 'shop-web', recipe: it };
  return { ...desired, services: desired.services.map(one => ({ ...one, image })) };
}

async function causeOf(it: BuildRecipe, images: Map<string, ImageDetails>): Promise<string | undefined> {
  const observed = { containers: [], supervisor: undefined, images, networks: new Map(), volumes: new Map() };
  return planImages(await release(it), observed)[0]?.cause;
}

const built = (from: BuildRecipe): Map<string, ImageDetails> => {
  const images = new Map([['busybox', base]]);
  const labels = { 'os.build': buildLabel(from, images) };
  return images.set('shop-web', { ...base, id: 'sha256:web', labels });
};

describe('whether an image is built', () => {
  it('is no when all that goes into it is the same', async () => {
    assert.equal(await causeOf(recipe(), built(recipe())), undefined);
  });

  it('is told by what changed', async () => {
    const now = (digests: Partial<BuildRecipe['digests']>): BuildRecipe =>
      recipe({ digests: { ...recipe().digests, ...digests } });
    assert.equal(await causeOf(recipe(), new Map()), 'it has no image yet');
    assert.equal(await causeOf(now({ context: 'c2' }), built(recipe())), 'its context changed');
    assert.equal(await causeOf(now({ dockerfile: 'd2' }), built(recipe())), 'its Dockerfile changed');
    assert.equal(await causeOf(now({ options: 'o2' }), built(recipe())), 'its build options changed');
    const images = built(recipe()).set('busybox', { ...base, id: 'sha256:newer' });
    assert.equal(await causeOf(recipe(), images), 'its base image busybox changed');
    assert.equal(await causeOf(recipe(), new Map([['shop-web', base]])), 'its image was not built by os');
  });

  it('names the files that changed, where the context that was built is remembered', async () => {
    const former = { context: 'c1', entries: recipe().entries };
    const changed = recipe({
      digests: { ...recipe().digests, context: 'c2' },
      entries: new Map([
        ['src/', '0'],
        ['src/a.js', '2'],
        ['src/new/', '0'],
        ['src/new/c.js', '1'],
      ]),
      former,
    });
    assert.equal(
      await causeOf(changed, built(recipe())),
      'its context changed: src/a.js, src/new/c.js, src/b.js (removed)',
    );
    const elsewhere = { ...former, context: 'c0' };
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
      'its base images are looked for anew',
    );
  });
});
