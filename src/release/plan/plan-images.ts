import { OsError } from '../../core/errors.ts';
import { basesOf, parseRecord, type BuildRecord } from '../build/build-record.ts';
import {
  noFacts,
  type BuildFacts,
  type ContextEntries,
  type RememberedContext,
} from '../build/build-memory.ts';
import type { BuildRecipe, DesiredRelease, DesiredService } from '../desired/desired.ts';
import { nameChanges } from '../build/name-changes.ts';
import type { ObservedRelease } from './observed.ts';
import type { ImageTask } from './plan.ts';
import type { Rerun } from './plan-report.ts';
import { predictReruns } from '../build/predict-build.ts';

type Images = ObservedRelease['images'];

/** Returns the record of the image `reference`; if it has several, the one whose context this machine has stored. */
export function findRecord(
  reference: string,
  former: RememberedContext | undefined,
  images: Images,
): BuildRecord | undefined {
  const records = images.get(reference)?.tags.flatMap(tag => parseRecord(tag) ?? []) ?? [];
  return records.find(({ context }) => former?.context.startsWith(context)) ?? records[0];
}

/** True if only the contents of the context's files show whether or why the image has to be built. */
export function dependsOnContents(
  reference: string,
  recipe: BuildRecipe,
  former: RememberedContext | undefined,
  images: Images,
): boolean {
  return recipe.isCacheUsed && findRecord(reference, former, images) !== undefined;
}

/** Returns the reason why the image has to be built, as text for people; undefined if it matches the recipe. */
export function causeToBuild(
  reference: string,
  recipe: BuildRecipe,
  { contents, former: remembered }: BuildFacts,
  images: Images,
): string | undefined {
  if (!images.has(reference)) return 'it has no image yet';
  const former = findRecord(reference, remembered, images);
  if (former === undefined) return 'its image was not built by os';
  if (!recipe.isCacheUsed) return 'it is built without the cache';
  if (recipe.isPulled) return 'its base images are pulled again';
  const { digests } = recipe;
  const { variant } = digests;
  if (former.variant !== variant)
    return variant === 'live' ? 'it is built for live sync' : 'its image was built for live sync';
  if (contents === undefined) throw new Error(`the context of ${reference} was not read`);
  if (!digests.dockerfile.startsWith(former.dockerfile)) return 'its Dockerfile changed';
  if (!contents.digest.startsWith(former.context))
    return `its context changed${whatChanged(remembered, contents.entries, former.context)}`;
  if (!digests.options.startsWith(former.options)) return 'its build options changed';
  const bases = basesOf(recipe, images);
  // The image still contains a base image that was removed since.
  const changed = recipe.baseImages.find((base, i) => images.has(base) && former.bases[i] !== bases[i]);
  return changed === undefined ? undefined : `its base image ${changed} changed`;
}

/** `: a.js, b.js and 3 more`, if the context that the image was built from is remembered. */
function whatChanged(
  former: RememberedContext | undefined,
  entries: ContextEntries,
  context: string,
): string {
  if (former?.context.startsWith(context) !== true) return '';
  const names = nameChanges(former.entries, entries);
  return names === '' ? '' : `: ${names}`;
}

/** The steps that a build of `recipe` runs again; none if this machine did not build the device's image. */
export function explainReruns(
  reference: string,
  recipe: BuildRecipe,
  facts: BuildFacts,
  images: Images,
): Rerun[] {
  const { contents, formerBuild } = facts;
  const record = findRecord(reference, facts.former, images);
  const isKnown = record !== undefined && formerBuild?.context.startsWith(record.context) === true;
  return isKnown && contents !== undefined ? predictReruns(recipe, { ...facts, contents }, images) : [];
}

/** `silence`: why this machine's Docker cannot say if it has the image. */
const lacksImage = (service: string, reference: string, silence: string | undefined): OsError =>
  new OsError(
    'service-failed',
    `${service}: the device does not have the image ${reference}, ${silence === undefined ? 'nor does Docker on this machine' : `and ${silence}`}`,
    {
      hint: `its pull_policy is never: ${silence === undefined ? 'build or load the image here or there first' : "load the image there, or make this machine's Docker answer if it has the image"}`,
    },
  );

function taskOf(
  { service, image }: DesiredService,
  { images, localImages }: Pick<ObservedRelease, 'images' | 'localImages'>,
  facts: BuildFacts,
  built: ReadonlySet<string>,
): ImageTask | undefined {
  const { reference } = image;
  if (image.from === 'build') {
    const { recipe } = image;
    const cause = causeToBuild(reference, recipe, facts, images);
    if (cause === undefined) return undefined;
    const { way } = facts;
    const runsSteps = way === undefined || way.way === 'full' || way.way === 'continued';
    const reruns = runsSteps ? explainReruns(reference, recipe, facts, images) : [];
    return { action: 'build', service, reference, cause, reruns, recipe, facts };
  }
  const pull = { action: 'pull', service, reference, platform: image.platform } as const;
  if (image.pull === 'always') return { ...pull, cause: 'its pull policy is always' };
  // Another service of the project builds it in this very push.
  if (images.has(reference) || built.has(taggedName(reference))) return undefined;
  if (image.pull === 'never' && localImages?.names.has(reference) === true)
    return { ...pull, isLocal: true, cause: 'its pull_policy is never, and this machine has it' };
  if (image.pull === 'never') throw lacksImage(service, reference, localImages?.silence);
  return { ...pull, cause: 'the device does not have it' };
}

/** `shop` is `shop:latest` to the engine. */
const taggedName = (reference: string): string =>
  /[:@][^/]*$/.test(reference) ? reference : `${reference}:latest`;

/** The images to build and to pull, each once. Throws OsError `service-failed` for one that must not be pulled. */
export function planImages(
  { services }: DesiredRelease,
  { images, builds, localImages }: ObservedRelease,
): ImageTask[] {
  const built = new Set(
    services.flatMap(({ image }) => (image.from === 'build' ? [taggedName(image.reference)] : [])),
  );
  const tasks = services.flatMap(
    it => taskOf(it, { images, localImages }, builds.get(it.service) ?? noFacts, built) ?? [],
  );
  return tasks.filter(
    (task, i) => task.action === 'build' || tasks.findIndex(it => it.reference === task.reference) === i,
  );
}
