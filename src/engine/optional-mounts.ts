import { OsError } from '../core/errors.ts';
import type { ContainerBody } from './container-body.ts';

/**
 * Returns the bind source that the engine reports as missing. It names one at a time, in its message alone
 * (mounts/validate.go).
 */
function missingSource(error: unknown): string | undefined {
  if (!(error instanceof OsError) || error.code !== 'engine-refused') return undefined;
  return /bind source path does not exist: (\S+)/.exec(error.message)?.[1];
}

/** Sockets of engines on devices: balenaEngine, its releases from 2.9 to 2.23, Docker. */
const engineSockets = ['/var/run/balena-engine.sock', '/var/run/balena.sock', '/var/run/docker.sock'];

/** Returns the socket to try next if the device lacks `source`. */
function nextEngineSocket(source: string | undefined): string | undefined {
  const at = source === undefined ? -1 : engineSockets.indexOf(source);
  return at === -1 ? undefined : engineSockets[at + 1];
}

/**
 * Creates a container without those optional mounts whose source the device lacks. A mount of the engine's socket gets
 * the one that the device has.
 */
export async function createWithOptionalMounts(
  create: (body: ContainerBody) => Promise<string>,
  body: ContainerBody,
  optionalSources: readonly string[],
): Promise<string> {
  try {
    return await create(body);
  } catch (error) {
    const missing = missingSource(error);
    const mounts = body.HostConfig.Mounts ?? [];
    const socket = nextEngineSocket(missing);
    if (socket !== undefined) {
      const moved = mounts.map(it => (it.Source === missing ? { ...it, Source: socket } : it));
      const elsewhere = { ...body, HostConfig: { ...body.HostConfig, Mounts: moved } };
      return createWithOptionalMounts(create, elsewhere, optionalSources);
    }
    const left = mounts.filter(({ Source }) => Source !== missing);
    if (missing === undefined || !optionalSources.includes(missing) || left.length === mounts.length)
      throw error;
    const without = { ...body, HostConfig: { ...body.HostConfig, Mounts: left } };
    return createWithOptionalMounts(create, without, optionalSources);
  }
}
