/** The container that a person means by the name of a service, of whatever made it. */
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import { composeLabels } from '../desired/labels.ts';

/** The label in which the on-device supervisor names a service. */
const supervisorServiceLabels = ['io.balena.service-name', 'io.resin.service-name'];

export interface ServiceQuery {
  readonly service: string;
  /** undefined: of any project. */
  readonly project?: string | undefined;
  /** Finds the project in the source directory, asked only where several projects have such a service. */
  readonly findProject: () => Promise<string | undefined>;
  /** The device's name, for messages. */
  readonly where: string;
}

const serviceNameOf = ({ labels }: ContainerSummary): string | undefined =>
  [composeLabels.service, ...supervisorServiceLabels]
    .map(label => labels[label])
    .find(it => it !== undefined);

const projectNameOf = ({ labels }: ContainerSummary): string => labels[composeLabels.project] ?? '';

/** The running one, else the newest. */
function best(containers: readonly ContainerSummary[]): ContainerSummary | undefined {
  const newestFirst = containers.toSorted((a, b) => b.createdS - a.createdS);
  return newestFirst.find(({ state }) => state === 'running') ?? newestFirst[0];
}

/**
 * The container of a service, in whatever state: by the service's name, else by the container's own. Throws OsError
 * `usage` where there is none, or where several projects have one.
 */
export async function findService(
  engine: Pick<Engine, 'listContainers'>,
  { service, project, findProject, where }: ServiceQuery,
  signal: AbortSignal,
): Promise<ContainerSummary> {
  const all = await engine.listContainers({}, signal);
  const known = all.filter(it => it.labels[composeLabels.oneoff] !== 'True');
  const ofProject = known.filter(it => project === undefined || projectNameOf(it) === project);
  const named = ofProject.filter(it => serviceNameOf(it) === service);
  const projects = [...new Set(named.map(projectNameOf))];
  const chosen = projects.length > 1 ? await findProject() : projects[0];
  const found = best(named.filter(it => projectNameOf(it) === chosen));
  if (found !== undefined) return found;
  if (projects.length > 1)
    throw new OsError('usage', `several projects on ${where} have a service ${service}`, {
      hint: `say which: ${projects.map(name => `--project ${sanitizeLine(name)}`).join(', ')}`,
    });
  const byName = ofProject.find(({ name }) => name === service);
  if (byName !== undefined) return byName;
  const names = [...new Set(ofProject.map(it => serviceNameOf(it) ?? it.name))].filter(it => it !== '');
  const suffix = project === undefined ? '' : ` of the project ${project}`;
  throw new OsError('usage', `${where} has no service ${service}${suffix}`, {
    hint:
      names.length === 0
        ? 'it has no containers; `os push` makes some'
        : `it has ${names.map(sanitizeLine).sort().join(', ')}`,
  });
}

/** Throws OsError `service-failed` unless the container runs, saying how it is and what to do. */
export function assertRunning(
  { state, status }: ContainerSummary,
  { service, where }: Pick<ServiceQuery, 'service' | 'where'>,
): void {
  if (state === 'running') return;
  const hints: Partial<Record<ContainerSummary['state'], string>> = {
    paused: `let it go on: docker unpause, or os restart ${where} ${service}`,
    restarting: `it keeps ending; see why: os logs ${where} ${service}`,
  };
  throw new OsError('service-failed', `${service} on ${where} is not running: ${sanitizeLine(status)}`, {
    hint: hints[state] ?? `start it: os start ${where} ${service}; why it ended: os logs ${where} ${service}`,
  });
}
