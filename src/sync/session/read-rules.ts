import type { Engine } from '../../engine/engine.ts';
import { findBaseImages } from '../../project/dockerfile/base-images.ts';
import { parseDockerfile } from '../../project/dockerfile/parse-dockerfile.ts';
import type { Build } from '../../project/build.ts';
import type { Service } from '../../project/service.ts';
import type { ServiceRules } from '../decide/decide.ts';
import { findEffect } from '../decide/find-effect.ts';
import { readRecipe, type BaseImage } from '../decide/read-recipe.ts';

/** What decides about a service's files; asks the engine for the images that its Dockerfile builds on. */
export async function readRules(
  engine: Engine,
  { watch, command, entrypoint }: Service,
  build: Build,
  buildFiles: readonly string[],
  signal: AbortSignal,
): Promise<ServiceRules> {
  const { args: buildArgs, target, contextDirectory, dockerfile } = build;
  const parsed = await parseDockerfile(dockerfile.text);
  const baseImages = new Map<string, BaseImage>();
  for (const reference of findBaseImages(parsed, { buildArgs, target })) {
    const image = await engine.findImage(reference, signal);
    if (image !== undefined) baseImages.set(reference, image);
  }
  const recipe = readRecipe(parsed, { buildArgs, target, baseImages });
  const own = [...(entrypoint ?? []), ...(command ?? [])];
  const effect = findEffect(own.length > 0 ? own : recipe.command);
  return { recipe, watch, contextDirectory, buildFiles, effect };
}
