import { JournalLogs, type RunOnHost } from '../../../logs/journal-logs.ts';
import type { LogSource, ReportLog } from '../../../logs/log-source.ts';
import { toInstant, type Since } from '../../../logs/parse-since.ts';
import { ProjectLogs } from '../../../logs/project-logs.ts';
import { readLogs } from '../../../logs/read-logs.ts';
import { listServices, selectRunning } from '../../../release/running/project-services.ts';
import { listSupervisedServices, supervisedLabels } from '../../../release/running/supervised-apps.ts';
import type { ReachedEngine } from '../../../reach/engine/reached-engine.ts';
import type { ProjectDependencies } from '../dependencies.ts';
import { findProjectName } from './project-name.ts';
import type { DeviceRequest, RunningRequest } from '../requests.ts';

export interface JournalRequest {
  /** systemd units; empty for the whole journal. */
  readonly units: readonly string[];
  readonly isBootOnly: boolean;
}

export interface LogsRequest extends RunningRequest {
  /** Empty: all services of the project; no service if `journal` is set. */
  readonly services: readonly string[];
  /** The host's journal; lines of named services are merged in order of time. */
  readonly journal?: JournalRequest | undefined;
  readonly isFollowed: boolean;
  /** The number of last lines of each log; default: all. */
  readonly tail?: number | undefined;
  /** On the device's clock. */
  readonly since?: Since | undefined;
}

export interface LogsDependencies extends ProjectDependencies {
  readonly report: ReportLog;
  /** Makes room for the names of services before their first line. */
  readonly expectServices: (services: readonly string[]) => void;
  /** Runs commands on the host of a device, over SSH. */
  readonly openHost: (request: DeviceRequest) => Promise<RunOnHost>;
}

/** The logs of the services that are named, or of all. Throws OsError `usage` for a service that is not there. */
async function openServiceLogs(
  dependencies: LogsDependencies,
  { engine }: ReachedEngine,
  { project: projectRequest, services, isFollowed, tail, since }: LogsRequest,
): Promise<LogSource> {
  const { signal, report } = dependencies;
  const project = await findProjectName(dependencies, projectRequest);
  const ours = await listServices(engine, project, signal);
  const others = ours.length === 0 ? await listSupervisedServices(engine, project, signal) : [];
  const appId = others[0]?.appId;
  const running = ours.length === 0 ? others.filter(it => it.appId === appId) : ours;
  if (!isFollowed && services.length > 0) selectRunning(running, services, project);
  dependencies.expectServices(services.length > 0 ? services : running.map(({ service }) => service));
  const instant = since && toInstant(since, (await engine.readInfo(signal)).systemTime);
  const isWanted = (service: string): boolean => services.length === 0 || services.includes(service);
  const options = { isWanted, tail, since: instant, report };
  if (appId === undefined) return new ProjectLogs(engine, { ...options, project });
  const labels = { project: supervisedLabels.app, service: supervisedLabels.service };
  return new ProjectLogs(engine, { ...options, project: appId, labels });
}

/** Reports the output of services and, if requested, the host's journal; with follow, until `signal` aborts. */
export async function logs(dependencies: LogsDependencies, request: LogsRequest): Promise<void> {
  const { signal, report } = dependencies;
  const { target, journal, services, isFollowed, tail, since } = request;
  const isOfServices = journal === undefined || services.length > 0;
  const reached = isOfServices ? await dependencies.reach(target) : undefined;
  await using _engine = reached?.engine;
  const sources: LogSource[] = [];
  if (reached !== undefined) sources.push(await openServiceLogs(dependencies, reached, request));
  if (journal !== undefined)
    sources.push(new JournalLogs(await dependencies.openHost(target), { ...journal, tail, since, report }));
  await readLogs(sources, { follow: isFollowed, signal, report });
}
