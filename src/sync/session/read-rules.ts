import type { Engine } from '../../engine/engine.ts';
import type { ImageDetails } from '../../engine/objects.ts';
import { findBaseImages } from '../../project/dockerfile/base-images.ts';
import { findLiveDirectives } from '../../project/dockerfile/live-directives.ts';
import { parseDockerfile } from '../../project/dockerfile/parse-dockerfile.ts';
import type { Build, Dockerfile } from '../../project/build.ts';
import type { Service } from '../../project/service.ts';
import { parseRecord } from '../../release/build-record.ts';
import { isUnclear, type CopyStep } from '../decide/copy-step.ts';
import type { ServiceRules } from '../decide/decide.ts';
import { findEffect, findProgramFiles } from '../decide/find-effect.ts';
import { readRecipe, type Recipe, type RecipeOptions } from '../decide/read-recipe.ts';
import { emptyGround, type Ground } from '../decide/read-stage.ts';
import { findContainer } from './find-container.ts';

export interface RulesRequest {
  readonly engine: Engine;
  readonly project: string;
  readonly service: Service;
  /** Its context; without a build what names of files are relative to. */
  readonly directory: string;
  readonly buildFiles: readonly string[];
  readonly signal: AbortSignal;
}

/** What decides about a service's files; asks the engine for what a Dockerfile alone does not tell. */
export async function readRules(request: RulesRequest): Promise<ServiceRules> {
  const { service, directory: contextDirectory, buildFiles } = request;
  const { build, watch } = service;
  const built = build === undefined ? notBuilt : await readBuilt(build, request);
  return { ...built, watch, contextDirectory, buildFiles };
}

type BuiltRules = Pick<ServiceRules, 'recipe' | 'effect' | 'programFiles'>;

/** What is in its image is nobody's here: there are only rules. */
const notBuilt: BuiltRules = {
  recipe: { steps: [], otherSteps: [], entrypoint: [], command: [], workingDirectory: '/' },
  ...{ effect: 'none', programFiles: [] },
};

async function readBuilt(
  build: Build,
  { engine, project, service, signal }: RulesRequest,
): Promise<BuiltRules> {
  const { args: buildArgs, target } = build;
  const container = await findContainer(engine, project, service.name, signal);
  const image = container && (await engine.findImage(container.imageId, signal));
  const dockerfile = isBuiltBy(build.dockerfile, image) ? build.dockerfile : undefined;
  const { text } = dockerfile ?? build.dockerfile.liveOf ?? build.dockerfile;
  const parsed = await parseDockerfile(text);
  const baseImages = new Map<string, Ground>();
  for (const reference of findBaseImages(parsed, { buildArgs, target })) {
    const found = await engine.findImage(reference, signal);
    if (found !== undefined) baseImages.set(reference, await toGround(found));
  }
  const live = readLive(dockerfile, service);
  const read = (known: Partial<RecipeOptions>): Recipe =>
    readRecipe(parsed, { buildArgs, target, baseImages, ...live, ...known });
  const unclear = read({ isDirectory: () => undefined }).steps.filter(isUnclear);
  const recipe = read(container === undefined ? {} : await lookAt(engine, container.id, unclear, signal));
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

/** Whether a file becomes what COPY names or goes into it depends on what is there. */
async function lookAt(
  engine: Engine,
  container: string,
  steps: readonly CopyStep[],
  signal: AbortSignal,
): Promise<Partial<RecipeOptions>> {
  const directories = new Set<string>();
  for (const destination of new Set(steps.map(it => it.destination)))
    if ((await engine.isDirectory(container, destination, signal)) === true) directories.add(destination);
  return { isDirectory: path => directories.has(path) };
}

/** Directives count where the image was built by them: one that a detached push has made was not. */
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

async function toGround({ workingDirectory, onBuild, ...image }: ImageDetails): Promise<Ground> {
  const { environment, user, entrypoint, command } = image;
  const { instructions } = await parseDockerfile(onBuild.map(line => `ONBUILD ${line}`).join('\n'));
  return {
    ...{ ...emptyGround, environment, user, entrypoint, command },
    workingDirectory: workingDirectory === '' ? '/' : workingDirectory,
    triggers: instructions.flatMap(({ trigger }) => trigger ?? []),
  };
}
