import { OsError } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { parseRecord } from './build-record.ts';
import { composeLabels, ourLabels } from './labels.ts';

export interface Cleaned {
  readonly containers: readonly string[];
  readonly images: readonly string[];
  /** What the engine says it needs less; other work on the device counts too. */
  readonly freedBytes: number;
}

/** `0123456789ab_name`: a container that a push had set aside when it was cut off. */
const aside = /^[0-9a-f]{12}_/;

const isInUse = (error: unknown): boolean =>
  error instanceof OsError && (error.code === 'engine-conflict' || error.code === 'engine-refused');

/**
 * Removes what earlier pushes left behind, and nothing that `os` did not make: containers set aside by a push that was
 * cut off, images that newer ones have replaced and that have no name left but the record of what they were made of.
 */
export async function cleanDevice(engine: Engine, signal: AbortSignal): Promise<Cleaned> {
  const before = await engine.readLayersBytes(signal);
  const containers = await engine.listContainers({ [ourLabels.made]: '1' }, signal);
  const left = containers.filter(
    ({ name, state, labels }) =>
      aside.test(name) && state !== 'running' && labels[composeLabels.oneoff] === 'False',
  );
  for (const { id } of left) await engine.removeContainer(id, { signal });
  const images = (await engine.listImages({}, signal)).filter(
    ({ tags }) => tags.length > 0 && tags.every(tag => parseRecord(tag) !== undefined),
  );
  const removed: string[] = [];
  for (const { id, tags } of images) {
    signal.throwIfAborted();
    try {
      for (const tag of tags) await engine.removeImage(tag, signal);
      removed.push(id);
    } catch (error) {
      // A container still runs it, or another image is made of it.
      if (!isInUse(error)) throw error;
    }
  }
  const after = await engine.readLayersBytes(signal);
  return {
    containers: left.map(({ name }) => name),
    images: removed,
    freedBytes: Math.max(0, before - after),
  };
}
