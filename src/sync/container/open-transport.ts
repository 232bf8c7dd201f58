import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerState } from '../../engine/objects.ts';
import { openArchive } from '../transport/archive/open-archive.ts';
import { openShell } from '../transport/shell/open-shell.ts';
import type { Transport, TransportOptions } from '../transport/transport.ts';

/** Opens the best way into a container: a shell if it runs and has one, else the engine's archives. */
export async function openTransport(
  engine: Engine,
  { id, state }: { readonly id: string; readonly state: ContainerState },
  options: TransportOptions,
): Promise<Transport> {
  if (state !== 'running') return openArchive(engine, id, options);
  try {
    return (await openShell(engine, id, options)) ?? (await openArchive(engine, id, options));
  } catch (error) {
    // The container has just ended.
    if (error instanceof OsError && error.code === 'engine-conflict')
      return await openArchive(engine, id, options);
    throw error;
  }
}
