import { listBuildContext } from '../../project/context/build-context.ts';
import { listBuildSteps } from '../../project/dockerfile/evaluate/build-steps.ts';
import { findBaseImages } from '../../project/dockerfile/evaluate/base-images.ts';
import { parseDockerfile } from '../../project/dockerfile/parse/parse-dockerfile.ts';
import { evaluateDockerfile, findTarget } from '../../project/dockerfile/evaluate/evaluate-dockerfile.ts';
import type { Build, Dockerfile } from '../../project/build.ts';
import type { BuildRecipe, BuildVariant } from './desired.ts';
import { digestOf } from './digest.ts';

export interface RecipeOptions {
  readonly isPulled: boolean;
  readonly isCacheUsed: boolean;
  readonly signal: AbortSignal;
}

const variantOf = ({ text, liveOf }: Dockerfile): BuildVariant =>
  liveOf === undefined || liveOf.text === text ? undefined : 'live';

/** Lists the context of `build`, and reads none of its files. */
export async function readBuildRecipe(
  build: Build,
  { isPulled, isCacheUsed, signal }: RecipeOptions,
): Promise<BuildRecipe> {
  const { args, target, network, extraHosts, shmSizeBytes, ulimits, platform, labels, dockerfile, place } =
    build;
  // Only the names of secrets: a digest of a secret's content would stay on the device.
  const secrets = build.secrets.length === 0 ? undefined : build.secrets.map(({ name }) => name);
  const tags = build.tags.length === 0 ? undefined : build.tags;
  const evaluated = evaluateDockerfile(parseDockerfile(dockerfile.text), { buildArgs: args });
  const last = findTarget(evaluated.stages, target);
  const context = await listBuildContext(build, { signal });
  const options = {
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
    // The two builders may make different images of a Dockerfile.
    ...(place === 'local' ? { place } : {}),
  };
  return {
    build,
    context,
    digests: {
      dockerfile: digestOf({ text: dockerfile.text, name: context.dockerfileName }),
      options: digestOf(options),
      variant: variantOf(dockerfile),
    },
    steps: listBuildSteps(evaluated, last),
    baseImages: findBaseImages(evaluated, last),
    isPulled: isPulled || build.isPull,
    isCacheUsed: isCacheUsed && !build.isNoCache,
    place,
  };
}
