import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerState } from '../../engine/objects.ts';
import { openArchive } from '../transport/open-archive.ts';
import { openShell } from '../transport/open-shell.ts';
import type { Transport, TransportOptions } from '../transport/transport.ts';

/** The best way into a container: a shell where it runs and has one, else the engine's archives. */
export async function openTransport(
  engine: Engine,
  { id, state }: { id: string; state: ContainerState },
  options: TransportOptions,
): Promise<Transport> {
  if (state !== 'running') return openArchive(engine, id, options);
  try {
    return (await openShell(engine, id, options)) ?? (await openArchive(engine, id, options));
  } catch (error) {
    // It has just ended.
    if (error instanceof OsError && error.code === 'engine-conflict')
      return await openArchive(engine, id, options);
    throw error;
  }
}
