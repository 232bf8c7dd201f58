import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import { composeLabels } from '../../release/labels.ts';

/** The newest container of a service, in whatever state; undefined when there is none. */
export async function findContainer(
  engine: Engine,
  project: string,
  service: string,
  signal: AbortSignal,
): Promise<ContainerSummary | undefined> {
  const labels = { [composeLabels.project]: project, [composeLabels.service]: service };
  const containers = await engine.listContainers(labels, signal);
  return containers.toSorted((a, b) => b.createdS - a.createdS)[0];
}
