import { readCopiedEntries } from '../../project/context/copied-entries.ts';
import { digestContext, type ContextDigest } from '../../project/context/content/digest-context.ts';
import type { BuildContext } from '../../project/context/build-context.ts';
import type { BuildFacts, BuildMemory, ContextContents } from '../build/build-memory.ts';
import type { DesiredRelease } from '../desired/desired.ts';
import type { ObservedRelease } from './observed.ts';
import { causeToBuild, dependsOnContents } from './plan-images.ts';
import { chooseWay } from '../build/delta/choose-way.ts';
import { sizeOfWay } from '../build/delta/size-of-way.ts';

/** Returns the contents of a context whose digest is known, from the memory or from sending it. */
export async function readContents(
  context: BuildContext,
  { digest, entries }: ContextDigest,
): Promise<ContextContents> {
  return { digest, entries, copied: await readCopiedEntries(context, entries) };
}

export interface FactsOptions {
  readonly memory: BuildMemory;
  /** Default: true. */
  readonly usesDeltas?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Reads the stored facts about each build of `desired`, and the contexts on which the plan depends; other contexts are
 * read once, when they are sent. A context in `before` is not read again.
 */
export async function readBuildFacts(
  desired: DesiredRelease,
  images: ObservedRelease['images'],
  { memory, usesDeltas = true, signal }: FactsOptions,
  before: ReadonlyMap<string, BuildFacts> = new Map(),
): Promise<ReadonlyMap<string, BuildFacts>> {
  const facts = new Map<string, BuildFacts>();
  await Promise.all(
    desired.services.map(async ({ service, image }) => {
      if (image.from !== 'build') return;
      const { reference, recipe } = image;
      const { context } = recipe;
      const former = memory.findContext(service);
      const isRead = dependsOnContents(reference, recipe, former, images);
      const contents =
        before.get(service)?.contents ??
        (isRead
          ? await readContents(context, await digestContext(context, { signal, cache: memory }))
          : undefined);
      const known: BuildFacts = { contents, former, formerBuild: memory.findBuild(service) };
      const isBuilt = causeToBuild(reference, recipe, known, images) !== undefined;
      const way =
        isBuilt && recipe.place === 'local'
          ? builtHere
          : isBuilt && usesDeltas
            ? predictWay(reference, recipe, known, images)
            : undefined;
      facts.set(service, { ...known, way });
    }),
  );
  return facts;
}

const builtHere: BuildFacts['way'] = { way: 'local', cause: 'the device gets the layers that it lacks' };

function predictWay(...build: Parameters<typeof chooseWay>): BuildFacts['way'] {
  const [, recipe] = build;
  const chosen = chooseWay(...build);
  return { way: chosen.way, cause: chosen.cause, sizeBytes: sizeOfWay(chosen, recipe) };
}
