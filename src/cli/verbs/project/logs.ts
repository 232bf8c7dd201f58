import { JournalLogs, type RunOnHost } from '../../../logs/journal-logs.ts';
import type { AwaitReader, LogSource, ReportLog } from '../../../logs/log-source.ts';
import { toInstant, type Since } from '../../../logs/parse-since.ts';
import { ProjectLogs } from '../../../logs/project-logs.ts';
import { readLogs } from '../../../logs/read-logs.ts';
import { someNames } from '../../../core/some-names.ts';
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
  readonly awaitReader: AwaitReader;
  /** Makes room for the names of services before their first line. */
  readonly expectServices: (services: readonly string[]) => void;
  /** Runs commands on the host of a device, over SSH. */
  readonly openHost: (request: DeviceRequest) => Promise<RunOnHost>;
}

/** Says why nothing is printed, so that silence is not taken for a failure. */
function describeSilence(
  names: readonly string[],
  project: string | undefined,
  { journal, services, isFollowed, since }: LogsRequest,
): string {
  const when = since === undefined ? 'so far' : 'since then';
  const goesOn = isFollowed ? '; waiting for lines, until Ctrl-C' : '';
  if (journal !== undefined && services.length === 0) return `the journal has no such line${goesOn}`;
  if (names.length > 0) return `${someNames(names, names.length)} printed nothing ${when}${goesOn}`;
  const where = project === undefined ? 'the device' : `the project ${project}`;
  return isFollowed ? `${where} has no container${goesOn}` : `${where} has no container: push it first`;
}

interface ServiceLogs {
  readonly source: LogSource;
  /** Names of the services that are read. */
  readonly names: readonly string[];
  readonly project: string | undefined;
}

/** The logs of the services that are named, or of all. Throws OsError `usage` for a service that is not there. */
async function openServiceLogs(
  dependencies: LogsDependencies,
  { engine }: ReachedEngine,
  { project: projectRequest, services, isFollowed, tail, since }: LogsRequest,
): Promise<ServiceLogs> {
  const { signal, report, awaitReader } = dependencies;
  const project = await findProjectName(dependencies, projectRequest);
  const ours = await listServices(engine, project, signal);
  const others = ours.length === 0 ? await listSupervisedServices(engine, project, signal) : [];
  const appId = others[0]?.appId;
  const running = ours.length === 0 ? others.filter(it => it.appId === appId) : ours;
  if (!isFollowed && services.length > 0) selectRunning(running, services, project);
  const names = services.length > 0 ? services : [...new Set(running.map(({ service }) => service))];
  dependencies.expectServices(names);
  const instant = since && toInstant(since, (await engine.readInfo(signal)).systemTime);
  const isWanted = (service: string): boolean => services.length === 0 || services.includes(service);
  const options = { isWanted, tail, since: instant, report, awaitReader };
  const labels = { project: supervisedLabels.app, service: supervisedLabels.service };
  const source =
    appId === undefined
      ? new ProjectLogs(engine, { ...options, project })
      : new ProjectLogs(engine, { ...options, project: appId, labels });
  return { source, names, project };
}

/** Reports the output of services and, if requested, the host's journal; with follow, until `signal` aborts. */
export async function logs(dependencies: LogsDependencies, request: LogsRequest): Promise<void> {
  const { signal, note, awaitReader } = dependencies;
  const { target, journal, services, isFollowed, tail, since } = request;
  // Any event explains itself; a tail of no lines is silent by request.
  let isSilent = tail !== 0;
  const report: ReportLog = event => {
    isSilent = false;
    dependencies.report(event);
  };
  const isOfServices = journal === undefined || services.length > 0;
  const reached = isOfServices ? await dependencies.reach(target) : undefined;
  await using _engine = reached?.engine;
  const sources: LogSource[] = [];
  const ofServices = reached && (await openServiceLogs({ ...dependencies, report }, reached, request));
  if (ofServices !== undefined) sources.push(ofServices.source);
  if (journal !== undefined)
    sources.push(
      new JournalLogs(await dependencies.openHost(target), {
        ...journal,
        isWithoutContainers: isOfServices,
        tail,
        since,
        report,
        awaitReader,
      }),
    );
  const onPastRead = (): void => {
    if (isSilent) note(describeSilence(ofServices?.names ?? [], ofServices?.project, request));
  };
  await readLogs(sources, { follow: isFollowed, signal, report, awaitReader, onPastRead });
}
