import { OsError } from '../../core/errors.ts';
import type { ReachedEngine } from '../../reach/engine/reached-engine.ts';
import type { DeviceDependencies } from './dependencies.ts';
import type { DeviceRequest } from './requests.ts';

/** `via` undefined: whichever way is open. */
export type EitherWayRequest = Omit<DeviceRequest, 'via'> & {
  readonly via: DeviceRequest['via'] | undefined;
};

/**
 * Reaches the engine of a device over TCP, or through SSH where its port is shut, unless the person has said which. Throws
 * what reaching it over TCP throws where neither way leads there.
 */
export async function reachEitherWay(
  { reach }: Pick<DeviceDependencies, 'reach'>,
  request: EitherWayRequest,
): Promise<ReachedEngine> {
  if (request.via !== undefined) return reach({ ...request, via: request.via });
  try {
    return await reach({ ...request, via: 'tcp' });
  } catch (error) {
    if (!(error instanceof OsError) || error.code !== 'device-unreachable') throw error;
    return reach({ ...request, via: 'ssh' }).catch((other: unknown) => {
      const isRefused = other instanceof OsError && other.code !== 'device-unreachable';
      throw isRefused ? other : error;
    });
  }
}
