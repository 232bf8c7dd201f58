import { cleanDevice, type Cleaned } from '../../../release/running/clean.ts';
import type { DeviceDependencies } from '../dependencies.ts';
import type { DeviceRequest } from '../requests.ts';

export interface CleanRequest {
  readonly target: DeviceRequest;
  /** True: also removes images without a name, whoever created them. */
  readonly removesDangling: boolean;
}

/** Removes remains of earlier pushes on a device. */
export async function clean(dependencies: DeviceDependencies, request: CleanRequest): Promise<Cleaned> {
  const reached = await dependencies.reach(request.target);
  await using engine = reached.engine;
  return await cleanDevice(engine, {
    removesDangling: request.removesDangling,
    signal: dependencies.signal,
  });
}
