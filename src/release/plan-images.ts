import type { BuildRecipe, DesiredRelease, DesiredService } from './desired.ts';
import { stableJson } from './digest.ts';
import { ourLabels } from './labels.ts';
import { nameChanges } from './name-changes.ts';
import type { ObservedRelease } from './observed.ts';
import type { ImageStep, Rerun } from './plan.ts';
import { predictReruns } from './predict-build.ts';

type Images = ObservedRelease['images'];

/** What went into an image; `bases` are ids of the images it started from, by reference. */
interface BuildRecord {
  readonly context: string;
  readonly dockerfile: string;
  readonly options: string;
  readonly bases: Readonly<Record<string, string>>;
}

/** The label that tells what a build was made of, so that the next push can tell what changed. */
export function buildLabel({ digests, baseImages }: BuildRecipe, images: Images): string {
  const bases = baseImages.flatMap(reference => {
    const id = images.get(reference)?.id;
    return id === undefined ? [] : [[reference, id]];
  });
  return stableJson({ ...digests, bases: Object.fromEntries(bases) as Record<string, string> });
}

function parseBuildLabel(label: string | undefined): BuildRecord | undefined {
  try {
    return label === undefined ? undefined : (JSON.parse(label) as BuildRecord);
  } catch {
    return undefined;
  }
}

/** Why `service` has to be built, in the words of a person; undefined when its image is what the recipe makes. */
function causeToBuild(reference: string, recipe: BuildRecipe, images: Images): string | undefined {
  const image = images.get(reference);
  if (image === undefined) return 'it has no image yet';
  const former = parseBuildLabel(image.labels[ourLabels.build]);
  if (former === undefined) return 'its image was not built by os';
  if (!recipe.isCacheUsed) return 'it is built without the cache';
  if (recipe.isPulled) return 'its base images are looked for anew';
  const { context, dockerfile, options } = recipe.digests;
  if (former.dockerfile !== dockerfile) return 'its Dockerfile changed';
  if (former.context !== context) return `its context changed${whatChanged(recipe, former.context)}`;
  if (former.options !== options) return 'its build options changed';
  const changed = recipe.baseImages.find(base => {
    const id = images.get(base)?.id;
    // A base that was removed meanwhile is in the image nevertheless.
    return id !== undefined && former.bases[base] !== id;
  });
  return changed === undefined ? undefined : `its base image ${changed} changed`;
}

/** `: a.js, b.js and 3 more`, where the context that the image was built from is remembered. */
function whatChanged({ entries, former }: BuildRecipe, context: string): string {
  if (former?.context !== context) return '';
  const names = nameChanges(former.entries, entries);
  return names === '' ? '' : `: ${names}`;
}

/** What a build of `recipe` runs again, as far as it is remembered how the device's image was built. */
export function explainReruns(reference: string, recipe: BuildRecipe, images: Images): Rerun[] {
  const label = parseBuildLabel(images.get(reference)?.labels[ourLabels.build]);
  // Another machine has built since, or this is another device: what is remembered tells nothing.
  return label?.context === recipe.formerBuild?.context ? predictReruns(recipe, images) : [];
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
