import { basesOf, parseRecord, type BuildRecord } from './build-record.ts';
import type { BuildRecipe, ContextEntries, DesiredRelease, DesiredService } from './desired.ts';
import { nameChanges } from './name-changes.ts';
import type { ObservedRelease } from './observed.ts';
import type { ImageStep, Rerun } from './plan.ts';
import { predictReruns } from './predict-build.ts';

type Images = ObservedRelease['images'];

/** What the image of `reference` was made of; of several records the one that this machine knows of. */
export function findRecord(
  reference: string,
  { former }: BuildRecipe,
  images: Images,
): BuildRecord | undefined {
  const records = images.get(reference)?.tags.flatMap(tag => parseRecord(tag) ?? []) ?? [];
  return records.find(({ context }) => former?.context.startsWith(context)) ?? records[0];
}

/** Whether it takes a look at the files of the context to tell if the image is to be built, and why. */
export function dependsOnContents(reference: string, recipe: BuildRecipe, images: Images): boolean {
  if (recipe.contents !== undefined || !recipe.isCacheUsed) return false;
  return findRecord(reference, recipe, images) !== undefined;
}

/** Why `service` has to be built, in the words of a person; undefined when its image is what the recipe makes. */
export function causeToBuild(reference: string, recipe: BuildRecipe, images: Images): string | undefined {
  if (!images.has(reference)) return 'it has no image yet';
  const former = findRecord(reference, recipe, images);
  if (former === undefined) return 'its image was not built by os';
  if (!recipe.isCacheUsed) return 'it is built without the cache';
  if (recipe.isPulled) return 'its base images are looked for anew';
  const { contents, digests } = recipe;
  const { variant } = digests;
  if (former.variant !== variant)
    return variant === 'live' ? 'it is built for live sync' : 'its image was built for live sync';
  if (contents === undefined) throw new Error(`the context of ${reference} was not read`);
  if (!digests.dockerfile.startsWith(former.dockerfile)) return 'its Dockerfile changed';
  if (!contents.digest.startsWith(former.context))
    return `its context changed${whatChanged(recipe, contents.entries, former.context)}`;
  if (!digests.options.startsWith(former.options)) return 'its build options changed';
  const bases = basesOf(recipe, images);
  // A base that was removed meanwhile is in the image nevertheless.
  const changed = recipe.baseImages.find((base, i) => images.has(base) && former.bases[i] !== bases[i]);
  return changed === undefined ? undefined : `its base image ${changed} changed`;
}

/** `: a.js, b.js and 3 more`, where the context that the image was built from is remembered. */
function whatChanged({ former }: BuildRecipe, entries: ContextEntries, context: string): string {
  if (former?.context.startsWith(context) !== true) return '';
  const names = nameChanges(former.entries, entries);
  return names === '' ? '' : `: ${names}`;
}

/** What a build of `recipe` runs again, as far as it is remembered how the device's image was built. */
export function explainReruns(reference: string, recipe: BuildRecipe, images: Images): Rerun[] {
  const { contents, formerBuild } = recipe;
  const record = findRecord(reference, recipe, images);
  // Another machine has built since, or this is another device: what is remembered tells nothing.
  const isKnown = record !== undefined && formerBuild?.context.startsWith(record.context) === true;
  return isKnown && contents !== undefined ? predictReruns({ ...recipe, contents }, images) : [];
}

function stepOf({ service, image }: DesiredService, images: Images): ImageStep | undefined {
  const { reference } = image;
  if (image.from === 'build') {
    const cause = causeToBuild(reference, image.recipe, images);
    if (cause === undefined) return undefined;
    const reruns = explainReruns(reference, image.recipe, images);
    return { do: 'build', service, reference, cause, ...(reruns.length === 0 ? {} : { reruns }) };
  }
  if (image.pull === 'always')
    return { do: 'pull', service, reference, cause: 'it is always asked of its registry' };
  if (images.has(reference) || image.pull === 'never') return undefined;
  return { do: 'pull', service, reference, cause: 'the device does not have it' };
}

/** The images to build and to pull, each once. */
export function planImages({ services }: DesiredRelease, { images }: ObservedRelease): ImageStep[] {
  const steps = services.flatMap(service => stepOf(service, images) ?? []);
  return steps.filter(
    (step, i) => step.do === 'build' || steps.findIndex(it => it.reference === step.reference) === i,
  );
}
