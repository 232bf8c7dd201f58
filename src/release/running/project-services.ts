/** The services of a project as a device runs them, independent of any project directory. */
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import { composeLabels } from '../desired/labels.ts';

export interface RunningService {
  readonly project: string;
  readonly service: string;
  readonly container: string;
  readonly id: string;
  readonly state: ContainerSummary['state'];
  readonly status: string;
  readonly image: string;
  readonly ports: ContainerSummary['ports'];
  /** Services it was started after. */
  readonly dependsOn: readonly string[];
}

export const toService = ({ labels, name, ...container }: ContainerSummary): RunningService => ({
  project: labels[composeLabels.project] ?? '',
  service: labels[composeLabels.service] ?? '',
  container: name,
  id: container.id,
  state: container.state,
  status: container.status,
  // Containers of a supervisor are made of ids.
  image: container.image.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1'),
  ports: container.ports,
  dependsOn: (labels[composeLabels.dependsOn] ?? '')
    .split(',')
    .flatMap(text => (text === '' ? [] : [text.split(':')[0] ?? ''])),
});

/** By project and name; `project` undefined for all that are there. */
export async function listServices(
  engine: Pick<Engine, 'listContainers'>,
  project: string | undefined,
  signal: AbortSignal,
): Promise<RunningService[]> {
  const containers = await engine.listContainers({ [composeLabels.project]: project }, signal);
  const key = ({ project: of, service, container }: RunningService): string =>
    [of, service, container].join('\0');
  return containers.map(toService).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Those of `services` that are named, all for no names. Throws OsError `usage`. */
export function selectRunning(
  services: readonly RunningService[],
  names: readonly string[],
  project: string | undefined,
): readonly RunningService[] {
  const ofProject = project === undefined ? '' : ` of the project ${project}`;
  if (services.length === 0)
    throw new OsError('usage', `the device has no containers${ofProject}`, {
      hint: '`os ps --all` lists what it has',
    });
  const unknown = names.find(name => !services.some(({ service }) => service === name));
  if (unknown !== undefined)
    throw new OsError('usage', `the device has no service ${unknown}${ofProject}`, {
      hint: `it has ${[...new Set(services.map(({ service }) => service))].join(', ')}`,
    });
  return names.length === 0 ? services : services.filter(({ service }) => names.includes(service));
}

/** Each after those it depends on; a circle is left as it is. */
export function inOrder(services: readonly RunningService[]): RunningService[] {
  const ordered: RunningService[] = [];
  const visit = (it: RunningService, from: readonly RunningService[]): void => {
    if (ordered.includes(it) || from.includes(it)) return;
    for (const other of services) if (it.dependsOn.includes(other.service)) visit(other, [...from, it]);
    ordered.push(it);
  };
  for (const service of services) visit(service, []);
  return ordered;
}
