import { systemClock } from '../../core/clock.ts';
import { listServices, selectRunning } from '../../release/running/project-services.ts';
import { splitSamples } from '../../top/host-usage.ts';
import type { UsageEvent } from '../../top/usage.ts';
import { watchUsage } from '../../top/watch-usage.ts';
import type { ProjectDependencies } from './dependencies.ts';
import { findProjectName } from './project/project-name.ts';
import type { RunningRequest, DeviceRequest } from './requests.ts';

export interface TopRequest extends RunningRequest {
  /** Empty: all of the project. */
  readonly services: readonly string[];
  /** True: the services of every project. */
  readonly isAll: boolean;
  readonly isOnce: boolean;
}

export interface TopDependencies extends ProjectDependencies {
  readonly report: (event: UsageEvent) => void;
  /** Yields the output of a script on the device's host, over SSH. Throws OsError if the host refuses the login. */
  readonly streamHost: (request: DeviceRequest, signal: AbortSignal) => AsyncIterable<Buffer>;
}

/** Reports what the services and the host use once a second until `signal` aborts, or once. */
export async function top(dependencies: TopDependencies, request: TopRequest): Promise<void> {
  const { signal, report, note, streamHost } = dependencies;
  const { target, services, isOnce } = request;
  const reached = await dependencies.reach(target);
  await using engine = reached.engine;
  const project = request.isAll ? undefined : await findProjectName(dependencies, request.project);
  if (services.length > 0) selectRunning(await listServices(engine, project, signal), services, project);
  await watchUsage(
    {
      listServices: async within =>
        (await listServices(engine, project, within)).filter(
          it => services.length === 0 || services.includes(it.service),
        ),
      watchStats: (id, within) => engine.watchStats(id, within),
      watchHost: within =>
        splitSamples(streamHost({ ...target, device: target.device ?? reached.name }, within)),
      clock: systemClock,
      wallMs: () => Date.now(),
    },
    { signal, report, isOnce, onHostGone: reason => note(`the host is not shown: ${reason}`) },
  );
}
