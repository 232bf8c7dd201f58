import type { Project } from '../../../project/project.ts';
import type { ReachedEngine } from '../../../reach/engine/reached-engine.ts';
import { openProjectMemory, type ProjectMemory } from '../project/project-memory.ts';

/** Opens this machine's memory of `project` on the device that was reached. */
export async function rememberProject(
  { engine, address, engineId }: ReachedEngine,
  { directory, name }: Project,
  signal?: AbortSignal,
): Promise<ProjectMemory> {
  const id = engineId ?? (await engine.readInfo(signal)).id;
  return openProjectMemory({ directory, project: name, engineId: id === '' ? address : id, address });
}
