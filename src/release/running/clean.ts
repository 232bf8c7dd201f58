import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ImageSummary } from '../../engine/objects.ts';
import { parseRecord, splitReference } from '../build/build-record.ts';
import { editedContainer } from '../build/edited-mark.ts';
import { isStageTag } from '../build/stage-tags.ts';
import { removeBuildSecrets } from '../build/build-secrets.ts';
import { isRunTag } from '../supervised/run-tag.ts';
import { composeLabels, ourLabels } from '../desired/labels.ts';
import { removeDeadProbes, type LockingEngine, type LockOptions } from '../lease/holder.ts';
import { findBusyProjects } from '../lease/project-lock.ts';
import { removeDeadSessions } from '../lease/session-lease.ts';

type CleaningEngine = LockingEngine &
  Pick<
    Engine,
    'listContainers' | 'listImages' | 'readLayersBytes' | 'removeContainer' | 'removeImage' | 'removeVolume'
  >;

export interface Cleaned {
  readonly containers: readonly string[];
  readonly images: readonly string[];
  /** By how much the engine's images shrank; other work on the device counts too. */
  readonly freedBytes: number;
  /** Untagged images that are kept, as their creator is unknown. */
  readonly danglingImages: number;
}

export interface CleanOptions extends LockOptions {
  /** True: also removes untagged images, which other tools may have created. */
  readonly removesDangling: boolean;
}

/** `0123456789ab_name`: a container that a push had set aside when it was cut off. */
const aside = /^[0-9a-f]{12}_/;

const isInUse = (error: unknown): boolean =>
  error instanceof OsError && (error.code === 'engine-conflict' || error.code === 'engine-refused');

const namesOf = ({ tags, digests }: ImageSummary): string[] =>
  [...tags, ...digests].filter(name => !name.startsWith('<none>'));

const isRecord = (name: string): boolean =>
  parseRecord(name) !== undefined || editedContainer(name) !== undefined || isRunTag(name);

/** Repositories that have an image under a name that is more than a record or a mark of ours. */
const currentRepositories = (images: readonly ImageSummary[]): ReadonlySet<string> =>
  new Set(
    images
      .flatMap(namesOf)
      .filter(name => !isRecord(name) && !isStageTag(name))
      .map(name => splitReference(name).repository),
  );

/**
 * True if a newer image has taken its name: only records and marks of ours are left. A layer that is kept for the next build
 * stays as long as the image that was built of it has its name.
 */
function isReplaced(image: ImageSummary, current: ReadonlySet<string>): boolean {
  const names = namesOf(image);
  const isLeft = (name: string): boolean =>
    isRecord(name) || (isStageTag(name) && !current.has(splitReference(name).repository));
  return names.length > 0 && names.every(isLeft);
}

/** A layer that is kept for the next build, and nothing else. */
const isLayerAlone = (image: ImageSummary): boolean => {
  const names = namesOf(image);
  return names.length > 0 && names.every(name => isStageTag(name));
};

const isNameless = (image: ImageSummary): boolean => namesOf(image).length === 0;

async function removeContainersAside(
  engine: CleaningEngine,
  busy: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const containers = await engine.listContainers({ [ourLabels.made]: '1' }, signal);
  const left = containers.filter(({ name, state, labels }) => {
    if (state === 'running') return false;
    const { [ourLabels.look]: lookedFor, [composeLabels.project]: project = '' } = labels;
    if (lookedFor !== undefined) return state === 'created' && !busy.includes(lookedFor);
    return aside.test(name) && labels[composeLabels.oneoff] === 'False' && !busy.includes(project);
  });
  for (const { id } of left) await engine.removeContainer(id, { signal });
  return left.map(({ name }) => name);
}

/** Returns those that were removed. */
async function removeImages(
  engine: CleaningEngine,
  images: readonly ImageSummary[],
  signal: AbortSignal,
): Promise<string[]> {
  const removed: string[] = [];
  for (const image of images) {
    signal.throwIfAborted();
    try {
      const names = namesOf(image);
      for (const name of names.length === 0 ? [image.id] : names) await engine.removeImage(name, signal);
      removed.push(image.id);
    } catch (error) {
      // A container still runs it, or another image is based on it.
      if (!isInUse(error)) throw error;
    }
  }
  return removed;
}

/**
 * Removes remains of earlier pushes, and by default only objects that `os` created: containers renamed by a push that
 * was interrupted, images that newer ones replaced, secrets of killed builds. The intermediate images of the classic
 * builder have no name, so that their creator is unknown. Throws OsError `busy` if these are to be removed during a
 * build.
 */
export async function cleanDevice(engine: CleaningEngine, options: CleanOptions): Promise<Cleaned> {
  const { signal, removesDangling } = options;
  const before = await engine.readLayersBytes(signal);
  const busy = await findBusyProjects(engine, options);
  await removeDeadSessions(engine, options);
  await removeDeadProbes(engine, signal);
  const [project] = busy;
  if (removesDangling && project !== undefined)
    throw new OsError('busy', `another os command is working on the project ${project} on this device`, {
      hint: 'wait for it to end, or leave --dangling out',
    });
  const containers = await removeContainersAside(engine, busy, signal);
  if (project === undefined) await removeBuildSecrets(engine, undefined, signal);
  const there = await engine.listImages({}, signal);
  const current = currentRepositories(there);
  const isRemoved = (image: ImageSummary): boolean => {
    // The layers of a build under way.
    if (isLayerAlone(image) && project !== undefined) return false;
    const isLayer = isNameless(image) || isLayerAlone(image);
    return isReplaced(image, current) || (removesDangling && isLayer);
  };
  const images = await removeImages(engine, there.filter(isRemoved), signal);
  const left = await engine.listImages({}, signal);
  const after = await engine.readLayersBytes(signal);
  return {
    containers,
    images,
    freedBytes: Math.max(0, before - after),
    danglingImages: left.filter(isNameless).length,
  };
}
