/** The on-device supervisor, which has services of its own, and the rules by which a push coexists with it. */
import type { ContainerSummary } from '../../engine/objects.ts';
import { isSupervisorName } from '../../net/supervisor-names.ts';

/** Returns the name of the supervisor's container if it runs. */
export const findSupervisor = (containers: readonly ContainerSummary[]): string | undefined =>
  containers.find(({ name, state }) => state === 'running' && isSupervisorName(name))?.name;

/** The keeper of a project's containers, which recreates them under its own names. */
export type Runner = 'engine' | 'supervisor';

export const otherRunner = (runner: Runner): Runner => (runner === 'engine' ? 'supervisor' : 'engine');

const supervised = ['io.balena.supervised', 'io.resin.supervised'];

/** True for a container or a volume that a supervisor made. */
export const isSupervised = ({ labels }: Pick<ContainerSummary, 'labels'>): boolean =>
  supervised.some(label => labels[label] !== undefined);

/** undefined: the project has no containers. */
export function runnerOf(containers: readonly Pick<ContainerSummary, 'labels'>[]): Runner | undefined {
  if (containers.length === 0) return undefined;
  return containers.some(isSupervised) ? 'supervisor' : 'engine';
}
