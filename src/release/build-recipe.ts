import { digestContext } from '../project/context/digest-context.ts';
import { readCopiedEntries } from '../project/context/copied-entries.ts';
import { listBuildContext } from '../project/context/build-context.ts';
import { listBuildSteps } from '../project/dockerfile/build-steps.ts';
import { findBaseImages } from '../project/dockerfile/base-images.ts';
import { parseDockerfile } from '../project/dockerfile/parse-dockerfile.ts';
import type { Build } from '../project/build.ts';
import type { BuildMemory } from './build-memory.ts';
import type { BuildRecipe } from './desired.ts';
import { digestOf } from './digest.ts';

export interface RecipeOptions {
  readonly isPulled: boolean;
  readonly isCacheUsed: boolean;
  readonly memory: BuildMemory;
  readonly signal: AbortSignal;
}

/** Reads the context of `build`, so that what goes into the image has a name before a byte of it is sent. */
export async function readBuildRecipe(
  service: string,
  build: Build,
  { isPulled, isCacheUsed, memory, signal }: RecipeOptions,
): Promise<BuildRecipe> {
  const { args, target, network, extraHosts, shmSizeBytes, ulimits, platform, labels, dockerfile } = build;
  // Of secrets the names alone: a digest of what they hold would stay in the image.
  const secrets = build.secrets.length === 0 ? undefined : build.secrets.map(({ name }) => name);
  const tags = build.tags.length === 0 ? undefined : build.tags;
  const parsed = await parseDockerfile(dockerfile.text);
  const context = await listBuildContext(build, { signal });
  const { digest, entries } = await digestContext(context, { signal, cache: memory });
  return {
    build,
    context,
    digests: {
      context: digest,
      dockerfile: digestOf({ text: dockerfile.text, name: context.dockerfileName }),
      options: digestOf({
        args,
        target,
        network,
        extraHosts,
        shmSizeBytes,
        ulimits,
        platform,
        labels,
        tags,
        secrets,
      }),
    },
    ...{ entries, former: memory.findContext(service) },
    copied: await readCopiedEntries(context, entries),
    steps: listBuildSteps(parsed, { buildArgs: args, target }),
    formerBuild: memory.findBuild(service),
    baseImages: findBaseImages(parsed, { buildArgs: args, target }),
    isPulled: isPulled || build.isPull,
    isCacheUsed: isCacheUsed && !build.isNoCache,
  };
}
