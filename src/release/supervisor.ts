/** The on-device supervisor, which has services of its own, and how a push relates to it. */
import type { ContainerSummary } from '../engine/objects.ts';

const names = ['balena_supervisor', 'resin_supervisor'];

/** The name of the supervisor's container where it runs. */
export const findSupervisor = (containers: readonly ContainerSummary[]): string | undefined =>
  containers.find(({ name, state }) => state === 'running' && names.includes(name))?.name;

/**
 * It knows its own by the label `io.balena.supervised`, but when it leaves local mode it removes every container, image,
 * network and volume that was not there when it entered it.
 */
export const supervisorNote = (name: string): string =>
  `${name} runs here: it leaves what is pushed alone, but removes it, volumes too, when the device leaves local mode; push again then`;
