import { OsError, type ErrorCode } from '../../core/errors.ts';
import { bounded } from '../../core/bounded.ts';
import { describeBaseVolumes } from '../plan/base-volumes.ts';
import type { ObservedRelease } from '../plan/observed.ts';
import type { BuildTask, Plan, PullTask } from '../plan/plan.ts';
import type { BuildDependencies, BuiltImage, ImageBuilder } from './image-builder.ts';
import { pullServiceImage } from './pull-image.ts';

/** Errors of a pull after which this machine's own copy is tried: the registry is out of reach, refuses, or lacks the image. */
const pullFailures: readonly ErrorCode[] = [
  'engine-refused',
  'engine-missing',
  'auth-refused',
  'service-failed',
];

/** More builds and pulls at once only compete for memory on a small board. */
const atOnce = 4;

type Images = ObservedRelease['images'];

/** Pulls the base images that the device lacks, so that their ids are known before the builds begin. */
async function pullBases(
  { images }: Pick<Plan, 'images'>,
  present: Images,
  dependencies: BuildDependencies,
  signal: AbortSignal,
): Promise<Images> {
  const found = new Map(present);
  const own = new Set(images.map(({ reference }) => reference));
  const wanted = new Set<string>();
  for (const task of images)
    if (task.action === 'build' && task.recipe.place !== 'local')
      for (const base of task.recipe.baseImages)
        if (!own.has(base) && (task.recipe.isPulled || !found.has(base))) wanted.add(base);
  await bounded(
    signal,
    atOnce,
    [...wanted].map(base => async innerSignal => {
      await pullServiceImage(base, undefined, dependencies, innerSignal);
      const image = await dependencies.engine.findImage(base, innerSignal);
      if (image !== undefined) found.set(base, image);
    }),
  );
  return found;
}

/** Sends the device this machine's image; returns the bytes sent, or undefined where this machine does not have it. */
export type TakeLocal = (task: PullTask, signal: AbortSignal) => Promise<number | undefined>;

/** Has the device pull an image; one that it can't or must not pull is taken from this machine. Returns the bytes sent. */
async function obtainImage(
  task: PullTask,
  takeLocal: TakeLocal,
  dependencies: BuildDependencies,
  signal: AbortSignal,
): Promise<number> {
  let failure: unknown = new OsError(
    'service-failed',
    `${task.service}: Docker on this machine no longer has the image ${task.reference}`,
  );
  if (task.isLocal !== true)
    try {
      await pullServiceImage(task.reference, task.platform, dependencies, signal);
      return 0;
    } catch (error) {
      if (!(error instanceof OsError) || !pullFailures.includes(error.code)) throw error;
      failure = error;
    }
  const sentBytes = await takeLocal(task, signal);
  if (sentBytes === undefined) throw failure;
  return sentBytes;
}

/** Builds an image by the first of `builders` that can. */
async function buildByFirst(
  builders: readonly ImageBuilder[],
  task: BuildTask,
  images: Images,
  signal: AbortSignal,
): Promise<BuiltImage> {
  for (const builder of builders) {
    const built = await builder.build(task, images, signal);
    if (built !== undefined) return built;
  }
  throw new Error(`no builder takes ${task.service}`);
}

/**
 * Pulls and builds the images of `plan`, several at once; the first failure cancels the others. Returns how many bytes
 * of files were sent.
 */
export async function makeImages(
  plan: Pick<Plan, 'images'>,
  present: Images,
  {
    builders,
    takeLocal,
    signal,
    ...dependencies
  }: BuildDependencies & {
    /** In the order in which they are tried; the last takes every build. */
    readonly builders: readonly ImageBuilder[];
    /** Sends this machine's image; undefined where it has none. */
    readonly takeLocal: TakeLocal;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const images = await pullBases(plan, present, dependencies, signal);
  const pulled = new Map([...images].filter(([name]) => !present.has(name)));
  for (const task of plan.images)
    if (task.action === 'build')
      for (const message of describeBaseVolumes(task, pulled))
        dependencies.report({ type: 'warning', message });
  let sentBytes = 0;
  const tasks = plan.images.map(task => async (innerSignal: AbortSignal): Promise<void> => {
    if (task.action === 'pull') sentBytes += await obtainImage(task, takeLocal, dependencies, innerSignal);
    else sentBytes += (await buildByFirst(builders, task, images, innerSignal)).sentBytes;
  });
  await bounded(signal, atOnce, tasks);
  return sentBytes;
}
