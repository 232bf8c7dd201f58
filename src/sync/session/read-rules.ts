import type { Engine } from '../../engine/engine.ts';
import type { FoundPath, ImageDetails } from '../../engine/objects.ts';
import { findBaseImages } from '../../project/dockerfile/evaluate/base-images.ts';
import { evaluateDockerfile, findTarget } from '../../project/dockerfile/evaluate/evaluate-dockerfile.ts';
import { emptyImageConfig, type ImageConfig } from '../../project/dockerfile/evaluate/image-config.ts';
import { findLiveDirectives } from '../../project/dockerfile/live-directives.ts';
import { parseDockerfile } from '../../project/dockerfile/parse/parse-dockerfile.ts';
import type { Build, Dockerfile } from '../../project/build.ts';
import type { Service } from '../../project/service.ts';
import { parseRecord } from '../../release/build/build-record.ts';
import type { CopyStep } from '../recipe/copy-step.ts';
import { findServiceContainer } from '../../release/running/service-container.ts';
import type { ServiceRules } from '../decide/decide.ts';
import { findEffect, findProgramFiles } from '../recipe/find-effect.ts';
import { readRecipe, type Recipe, type RecipeOptions } from '../recipe/read-recipe.ts';
import { findDestination, type Destination } from '../container/find-destination.ts';

export interface RulesRequest {
  readonly engine: Engine;
  readonly project: string;
  readonly service: Service;
  /** The context; for a service without a build the directory that names of files are relative to. */
  readonly directory: string;
  readonly buildFiles: readonly string[];
  readonly signal: AbortSignal;
}

/** Reads what decides about a service's files; asks the engine for what a Dockerfile alone does not tell. */
export async function readRules(request: RulesRequest): Promise<ServiceRules> {
  const { service, directory: contextDirectory, buildFiles } = request;
  const { build, watch } = service;
  const built = build === undefined ? notBuilt : await readBuilt(build, request);
  return { ...built, watch, contextDirectory, buildFiles };
}

type BuiltRules = Pick<ServiceRules, 'recipe' | 'effect' | 'programFiles'>;

/** A service without a build has rules alone: nothing in its image comes from the sources. */
const notBuilt: BuiltRules = {
  recipe: { steps: [], otherSteps: [], entrypoint: [], command: [], workingDirectory: '/' },
  effect: 'none',
  programFiles: [],
};

async function readBuilt(
  build: Build,
  { engine, project, service, signal }: RulesRequest,
): Promise<BuiltRules> {
  const { args: buildArgs, target } = build;
  const container = await findServiceContainer(engine, project, service.name, signal);
  const image = container && (await engine.findImage(container.imageId, signal));
  const dockerfile = isBuiltBy(build.dockerfile, image) ? build.dockerfile : undefined;
  const { text } = dockerfile ?? build.dockerfile.liveOf ?? build.dockerfile;
  const parsed = parseDockerfile(text);
  const evaluated = evaluateDockerfile(parsed, { buildArgs });
  const baseImages = new Map<string, ImageConfig>();
  for (const reference of findBaseImages(evaluated, findTarget(evaluated.stages, target))) {
    const found = await engine.findImage(reference, signal);
    if (found !== undefined) baseImages.set(reference, toImageConfig(found));
  }
  const live = readLive(dockerfile, service);
  const read = (known: Partial<RecipeOptions>): Recipe =>
    readRecipe(parsed, { buildArgs, target, baseImages, ...live, ...known });
  const { steps } = read({ isDirectory: () => undefined });
  const recipe = read(
    container === undefined ? {} : await followDestinations(engine, container.id, steps, signal),
  );
  const entrypoint = service.entrypoint ?? recipe.entrypoint;
  // An entrypoint of the compose file takes the image's command with it.
  const command = service.command ?? (service.entrypoint === undefined ? recipe.command : []);
  const runs = [...entrypoint, ...command];
  return {
    recipe,
    effect: live.reloadsAfterLine === undefined ? findEffect(runs) : 'restart',
    programFiles: findProgramFiles(runs, service.workingDirectory ?? recipe.workingDirectory),
  };
}

const writtenPaths = ({ writtenDestination, repeats }: CopyStep): string[] => [
  writtenDestination,
  ...repeats.flatMap(({ paths }) => paths),
];

/** Follows the links of the image to the destinations of its COPY steps, and finds out which are directories. */
async function followDestinations(
  engine: Engine,
  container: string,
  steps: readonly CopyStep[],
  signal: AbortSignal,
): Promise<Partial<RecipeOptions>> {
  const stat = (path: string): Promise<FoundPath | undefined> => engine.statPath(container, path, signal);
  const found = new Map<string, Destination>();
  for (const written of new Set(steps.flatMap(writtenPaths)))
    found.set(written, await findDestination(written, stat));
  return {
    isDirectory: path => found.get(path)?.isDirectory === true,
    resolve: path => found.get(path)?.path ?? path,
  };
}

/** True if the image was built by the directives: one that a detached push made was not. */
const isBuiltBy = ({ text, liveOf }: Dockerfile, image: ImageDetails | undefined): boolean =>
  liveOf !== undefined &&
  (liveOf.text === text || image?.tags.some(tag => parseRecord(tag)?.variant === 'live') === true);

function readLive(
  dockerfile: Dockerfile | undefined,
  { command, entrypoint }: Service,
): Pick<RecipeOptions, 'liveRuns' | 'reloadsAfterLine'> {
  const directives = findLiveDirectives(dockerfile?.liveOf?.text ?? '');
  const marker = directives.find(({ name }) => name === 'dev-cmd-live' || name === 'livecmd-marker');
  const isRun = command === undefined && entrypoint === undefined;
  return {
    liveRuns: new Set(directives.flatMap(({ name, line }) => (name === 'dev-run' ? [line] : []))),
    ...(marker === undefined || !isRun ? {} : { reloadsAfterLine: marker.line }),
  };
}

function toImageConfig({ workingDirectory, onBuild, ...image }: ImageDetails): ImageConfig {
  const { environment, user, entrypoint, command, labels } = image;
  const { instructions } = parseDockerfile(onBuild.map(line => `ONBUILD ${line}`).join('\n'));
  return {
    ...emptyImageConfig,
    environment,
    user,
    entrypoint,
    command,
    labels,
    workingDirectory: workingDirectory === '' ? '/' : workingDirectory,
    triggers: instructions.flatMap(({ trigger }) => trigger ?? []),
  };
}
