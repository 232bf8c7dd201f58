import { digestContext, type ContextDigest, type DigestCache } from '../project/context/digest-context.ts';
import { readCopiedEntries } from '../project/context/copied-entries.ts';
import { listBuildContext, type BuildContext } from '../project/context/build-context.ts';
import { listBuildSteps } from '../project/dockerfile/build-steps.ts';
import { findBaseImages } from '../project/dockerfile/base-images.ts';
import { parseDockerfile } from '../project/dockerfile/parse-dockerfile.ts';
import type { Build, Dockerfile } from '../project/build.ts';
import type { BuildMemory } from './build-memory.ts';
import type {
  BuildRecipe,
  BuildVariant,
  ContextContents,
  DesiredRelease,
  DesiredService,
} from './desired.ts';
import { digestOf } from './digest.ts';
import type { ObservedRelease } from './observed.ts';
import { dependsOnContents } from './plan-images.ts';

export interface RecipeOptions {
  readonly isPulled: boolean;
  readonly isCacheUsed: boolean;
  readonly memory: BuildMemory;
  readonly signal: AbortSignal;
}

const variantOf = ({ text, liveOf }: Dockerfile): BuildVariant =>
  liveOf === undefined || liveOf.text === text ? undefined : 'live';

/** Lists the context of `build`; what its files hold is read when something depends on it. */
export async function readBuildRecipe(
  service: string,
  build: Build,
  { isPulled, isCacheUsed, memory, signal }: RecipeOptions,
): Promise<BuildRecipe> {
  const { args, target, network, extraHosts, shmSizeBytes, ulimits, platform, labels, dockerfile } = build;
  // Of secrets the names alone: a digest of what they hold would stay on the device.
  const secrets = build.secrets.length === 0 ? undefined : build.secrets.map(({ name }) => name);
  const tags = build.tags.length === 0 ? undefined : build.tags;
  const parsed = await parseDockerfile(dockerfile.text);
  const context = await listBuildContext(build, { signal });
  const options = {
    ...{ args, target, network, extraHosts, shmSizeBytes, ulimits, platform, labels, tags, secrets },
  };
  return {
    build,
    context,
    digests: {
      dockerfile: digestOf({ text: dockerfile.text, name: context.dockerfileName }),
      options: digestOf(options),
      variant: variantOf(dockerfile),
    },
    contents: undefined,
    former: memory.findContext(service),
    steps: listBuildSteps(parsed, { buildArgs: args, target }),
    formerBuild: memory.findBuild(service),
    baseImages: findBaseImages(parsed, { buildArgs: args, target }),
    isPulled: isPulled || build.isPull,
    isCacheUsed: isCacheUsed && !build.isNoCache,
  };
}

/** What there is to know of a context whose digest was made, here or on its way to the engine. */
export async function readContents(
  context: BuildContext,
  { digest, entries }: ContextDigest,
): Promise<ContextContents> {
  return { digest, entries, copied: await readCopiedEntries(context, entries) };
}

/** Reads the contexts on which it depends what is done; the others are read once, when they are sent. */
export async function readContexts(
  desired: DesiredRelease,
  { images }: ObservedRelease,
  { memory, signal }: { memory: DigestCache; signal: AbortSignal },
): Promise<DesiredRelease> {
  const read = async (service: DesiredService): Promise<DesiredService> => {
    const { image } = service;
    if (image.from !== 'build' || !dependsOnContents(image.reference, image.recipe, images)) return service;
    const { context } = image.recipe;
    const contents = await readContents(context, await digestContext(context, { signal, cache: memory }));
    return { ...service, image: { ...image, recipe: { ...image.recipe, contents } } };
  };
  return { ...desired, services: await Promise.all(desired.services.map(read)) };
}
