/** Makes an image out of the last one: by a layer on top, or by running only the steps that changed. */
import { systemClock } from '../../../core/clock.ts';
import { OsError } from '../../../core/errors.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { ObservedRelease } from '../../plan/observed.ts';
import type { BuildTask } from '../../plan/plan.ts';
import type { RememberedBuild, SeenPaths, TracedStep } from '../build-memory.ts';
import { recordBuild, recordTag, splitReference } from '../build-record.ts';
import type { BuildDependencies, BuildingEngine, BuiltImage, ImageBuilder } from '../image-builder.ts';
import { chooseWay, type ChosenWay, type DeltaPlan } from './choose-way.ts';
import { runContinuedBuild } from './continue-build.ts';
import { ContextChanged } from './layer.ts';
import type { EngineConfig } from './image-settings.ts';
import { loadConfig, loadLayer, type LoadingEngine } from './load-layer.ts';
import type { LookingEngine } from './look-at-image.ts';
import { NextWay } from './next-way.ts';
import { planLayer } from './plan-layer.ts';
import { readCopies, type ReadCopies } from './read-copies.ts';

export type DeltaEngine = BuildingEngine & LoadingEngine & LookingEngine & Pick<Engine, 'tagImage'>;

interface DeltaDependencies extends Omit<BuildDependencies, 'engine'> {
  /**
   * The name of the project: a label of the containers that inspect an image, so that the next push removes stray ones.
   */
  readonly project: string;
  readonly engine: DeltaEngine;
  readonly signal: AbortSignal;
}

type Images = ObservedRelease['images'];

export const openDeltaBuilder = (dependencies: Omit<DeltaDependencies, 'signal'>): ImageBuilder => ({
  build: (task, images, signal) => buildByDelta(task, images, { ...dependencies, signal }),
});

/** An engine that refuses a part of a delta may still do a full build. */
const isRefusal = (error: unknown): error is OsError =>
  error instanceof OsError && ['engine-refused', 'engine-missing', 'engine-conflict'].includes(error.code);

async function buildByDelta(
  task: BuildTask,
  images: Images,
  dependencies: DeltaDependencies,
): Promise<BuiltImage | undefined> {
  const { service, reference, recipe, facts } = task;
  const { report } = dependencies;
  const chosen = chooseWay(reference, recipe, facts, images);
  if (chosen.way === 'full') return undefined;
  try {
    return await buildChosen(task, chosen, images, dependencies);
  } catch (error) {
    const isNext = error instanceof NextWay || error instanceof ContextChanged || isRefusal(error);
    if (!isNext) throw error;
    const cause = error instanceof ContextChanged ? `${error.message} changes right now` : error.message;
    report({ type: 'build-way', service, way: 'full', cause });
    return undefined;
  }
}

/** The base image of a stage of the continued build, and the size of the layer appended to it. */
interface Started {
  readonly image: string | undefined;
  readonly layerBytes: number | undefined;
  /** Known paths of `image`, if it got a layer. */
  readonly seen?: SeenPaths;
}

async function buildChosen(
  task: BuildTask,
  { plan, way, cause }: Exclude<ChosenWay, { readonly way: 'full' }>,
  images: Images,
  dependencies: DeltaDependencies,
): Promise<BuiltImage> {
  const { service, reference, recipe } = task;
  const { engine, memory, report, signal } = dependencies;
  const startedMs = systemClock.nowMs();
  const read = await readCopies(engine, recipe, plan, signal);
  report({ type: 'build-way', service, way, cause });
  const started: Started[] = [];
  for (const [i] of plan.stages.entries())
    started.push(await startStage(i, { task, plan, read, images }, dependencies));
  const stages = plan.stages.map((stage, i) => ({ ...stage, image: started[i]?.image }));
  const from = started.at(-1)?.image ?? '';
  const isContinued = way !== 'config' && plan.stages.some(({ rest }) => rest.length > 0);
  const continued = isContinued
    ? await runContinuedBuild(task, { stages, plan, read }, dependencies)
    : way === 'config'
      ? await changeSettings(from, { task, plan, images }, dependencies)
      : { id: from, sentBytes: 0, stepImages: new Map<number, string>() };
  const { id } = continued;
  await recordBuild(
    engine,
    { image: id, reference, tag: recordTag(id, recipe, plan.contents, images) },
    signal,
  );
  // A push that is cut off here leaves the former image its names, and the next one comes the same way.
  if (way !== 'config') await tagAll(engine, id, [reference, ...recipe.build.tags], signal);
  const { digest, entries } = plan.contents;
  memory.keepContext(service, { context: digest, entries });
  memory.keepBuild(service, rememberDelta(plan, started, continued.stepImages));
  const layerBytes = started.reduce((sum, it) => sum + (it.layerBytes ?? 0), 0);
  const steps = recipe.steps.length;
  const restCount = plan.stages.reduce((sum, { rest }) => sum + rest.length, 0);
  const durationMs = systemClock.nowMs() - startedMs;
  report({ type: 'built', service, image: id, steps, cachedSteps: steps - restCount, durationMs });
  return { id, sentBytes: continued.sentBytes + layerBytes };
}

interface Starting {
  readonly task: BuildTask;
  readonly plan: DeltaPlan;
  readonly read: ReadCopies;
  readonly images: Images;
}

async function startStage(
  i: number,
  { task, plan, read, images }: Starting,
  { engine, project, report, space, signal }: DeltaDependencies,
): Promise<Started> {
  const { service, reference, recipe } = task;
  const { start, rest } = plan.stages[i] ?? { start: { from: 'instruction' }, rest: [] };
  if (start.from === 'instruction') return { image: undefined, layerBytes: undefined };
  // The last stage as it is tagged has the labels that the engine adds.
  const isTarget = i === plan.stages.length - 1 && rest.length === 0 && start.isFormerEnd;
  const image = isTarget ? (images.get(reference)?.id ?? start.image) : start.image;
  const found = await engine.findImage(image, signal);
  if (found === undefined) throw new NextWay('the device has not kept the steps of the last build');
  if (start.from === 'image') return { image: found.id, layerBytes: undefined };
  const { volumes } = found;
  const known = plan.formerBuild.seen?.[found.id] ?? {};
  const request = { project, recipe, plan, read, start, volumes, known, signal };
  const planned = await planLayer(engine, request);
  if (planned === undefined) return { image: found.id, layerBytes: undefined };
  const base = { image: found.id, like: start.image };
  const { deltas = { layers: 0, bytes: 0 } } = plan.formerBuild;
  const tagsOf = (id: string): string[] => (isTarget ? allTags(id, { task, plan, images }) : []);
  const { source, seen } = planned;
  const loading = { source, deltas, service, tagsOf, space, report, signal };
  const { id, bytes } = await loadLayer(engine, base, loading);
  return { image: id, layerBytes: bytes, seen };
}

interface Making {
  readonly task: BuildTask;
  readonly plan: DeltaPlan;
  readonly images: Images;
}

/** Every name that the new image gets, its record among them. */
function allTags(id: string, { task: { reference, recipe }, plan, images }: Making): string[] {
  const { repository } = splitReference(reference);
  const record = `${repository}:${recordTag(id, recipe, plan.contents, images)}`;
  return [reference, ...recipe.build.tags, record].map(withTag);
}

/** Gives the image `from` the configuration that the remaining steps of the last stage make. */
async function changeSettings(
  from: string,
  making: Making,
  { engine, signal }: DeltaDependencies,
): Promise<{
  readonly id: string;
  readonly sentBytes: number;
  readonly stepImages: ReadonlyMap<number, string>;
}> {
  const { task, plan } = making;
  const { labels } = task.recipe.build;
  const rest = plan.stages.at(-1)?.rest ?? [];
  const { settings } = plan;
  if (settings === undefined) throw new NextWay('only the builder can tell what the configuration becomes');
  const id = await loadConfig(engine, from, {
    change: before => {
      const config: EngineConfig = settings(before);
      const hasLabels = Object.keys(labels).length > 0;
      return hasLabels ? { ...config, Labels: { ...config.Labels, ...labels } } : config;
    },
    steps: rest.map(place => `/bin/sh -c #(nop)  ${task.recipe.steps[place]?.text ?? ''}`),
    tagsOf: image => allTags(image, making),
    signal,
  });
  return { id, sentBytes: 0, stepImages: new Map([[rest.at(-1) ?? -1, id]]) };
}

/** An archive has whole names alone. */
function withTag(reference: string): string {
  const { repository, tag } = splitReference(reference);
  return `${repository}:${tag}`;
}

async function tagAll(
  engine: Pick<Engine, 'tagImage'>,
  id: string,
  references: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const reference of references) {
    await engine.tagImage(id, splitReference(reference), signal);
  }
}

/** Stores the images of steps that came from the last build, were loaded, or were run. */
function rememberDelta(
  { now, stages, formerBuild, contents }: DeltaPlan,
  started: readonly Started[],
  stepImages: ReadonlyMap<number, string>,
): RememberedBuild {
  const byKey = new Map(formerBuild.steps.map(step => [step.key, step]));
  const steps = now.map((step, place): TracedStep => {
    const ran = stepImages.get(place);
    const former = byKey.get(step.key);
    return { ...step, image: ran ?? former?.image, settings: ran ?? former?.settings };
  });
  let layers = formerBuild.deltas?.layers ?? 0;
  let bytes = formerBuild.deltas?.bytes ?? 0;
  for (const [i, { start }] of stages.entries()) {
    if (start.from !== 'layer') continue;
    const { image, layerBytes } = started[i] ?? { image: undefined, layerBytes: undefined };
    for (const [place, { settings }] of start.former) {
      const step = steps[place];
      if (step === undefined || place > start.after) continue;
      steps[place] = { ...step, settings, image: place === start.after ? image : undefined };
    }
    if (layerBytes === undefined) continue;
    layers += 1;
    bytes += layerBytes;
  }
  const seen = Object.fromEntries(
    started.flatMap(({ image = '', seen: paths = formerBuild.seen?.[image] }) =>
      paths === undefined ? [] : [[image, paths]],
    ),
  );
  return { context: contents.digest, steps, keys: formerBuild.keys, deltas: { layers, bytes }, seen };
}
