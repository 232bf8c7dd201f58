import type { Engine } from '../../engine/engine.ts';
import { ourLabels } from '../desired/labels.ts';

/**
 * Removes the never-started containers through which an earlier push of the project, cut off, read its images or copied its volumes.
 * The caller holds the project's lock.
 */
export async function removeUnstarted(
  engine: Pick<Engine, 'listContainers' | 'removeContainer'>,
  project: string,
  signal: AbortSignal,
): Promise<void> {
  const found = await engine.listContainers({ [ourLabels.made]: '1', [ourLabels.look]: project }, signal);
  for (const { id, state } of found)
    if (state === 'created') await engine.removeContainer(id, { volumes: true });
}
