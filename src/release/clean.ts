import { OsError } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ImageSummary } from '../engine/objects.ts';
import { parseRecord } from './build-record.ts';
import { editedContainer } from './edited-mark.ts';
import { removeBuildSecrets } from './build-secrets.ts';
import { composeLabels, ourLabels } from './labels.ts';
import { findBusyProjects, type LockOptions } from './project-lock.ts';

export interface Cleaned {
  readonly containers: readonly string[];
  readonly images: readonly string[];
  /** What the engine says it needs less; other work on the device counts too. */
  readonly freedBytes: number;
  /** Images without a name that are left, as nobody can tell whose they are. */
  readonly danglingImages: number;
}

export interface CleanOptions extends LockOptions {
  /** Also images without a name that others may have made. */
  readonly removesDangling: boolean;
}

/** `0123456789ab_name`: a container that a push had set aside when it was cut off. */
const aside = /^[0-9a-f]{12}_/;

const isInUse = (error: unknown): boolean =>
  error instanceof OsError && (error.code === 'engine-conflict' || error.code === 'engine-refused');

const namesOf = ({ tags, digests }: ImageSummary): string[] =>
  [...tags, ...digests].filter(name => !name.startsWith('<none>'));

/** A newer one has its name; what is left tells what it was made of, and whose container was edited. */
const isReplaced = (image: ImageSummary): boolean => {
  const names = namesOf(image);
  const isOurs = (name: string): boolean =>
    parseRecord(name) !== undefined || editedContainer(name) !== undefined;
  return names.length > 0 && names.every(isOurs);
};

const isNameless = (image: ImageSummary): boolean => namesOf(image).length === 0;

async function removeContainersAside(
  engine: Engine,
  busy: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const containers = await engine.listContainers({ [ourLabels.made]: '1' }, signal);
  const left = containers.filter(
    ({ name, state, labels }) =>
      aside.test(name) &&
      state !== 'running' &&
      labels[composeLabels.oneoff] === 'False' &&
      !busy.includes(labels[composeLabels.project] ?? ''),
  );
  for (const { id } of left) await engine.removeContainer(id, { signal });
  return left.map(({ name }) => name);
}

/** Returns those that were removed. */
async function removeImages(
  engine: Engine,
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
      // A container still runs it, or another image is made of it.
      if (!isInUse(error)) throw error;
    }
  }
  return removed;
}

/**
 * Removes what earlier pushes left behind, and nothing that `os` did not make unless told: containers set aside by a push
 * that was cut off, images that newer ones have replaced, secrets of builds that were killed. What the classic builder
 * makes on its way to an image has no name: whose it is cannot be told. Throws OsError `busy` where that is to be
 * removed and somebody builds.
 */
export async function cleanDevice(engine: Engine, options: CleanOptions): Promise<Cleaned> {
  const { signal, removesDangling } = options;
  const before = await engine.readLayersBytes(signal);
  const busy = await findBusyProjects(engine, options);
  const [project] = busy;
  if (removesDangling && project !== undefined)
    throw new OsError('busy', `another os command is working on the project ${project} on this device`, {
      hint: 'wait for it to end, or leave --dangling out',
    });
  const containers = await removeContainersAside(engine, busy, signal);
  if (project === undefined) await removeBuildSecrets(engine, undefined, signal);
  const there = await engine.listImages({}, signal);
  const images = await removeImages(
    engine,
    there.filter(image => isReplaced(image) || (removesDangling && isNameless(image))),
    signal,
  );
  const left = await engine.listImages({}, signal);
  const after = await engine.readLayersBytes(signal);
  return {
    ...{ containers, images, freedBytes: Math.max(0, before - after) },
    danglingImages: left.filter(isNameless).length,
  };
}
