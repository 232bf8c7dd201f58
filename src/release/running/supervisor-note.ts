/** What a supervisor on the device means for a push through the engine: once a session, by the supervisor's mode. */
import type { ContainerSummary } from '../../engine/objects.ts';
import type { SupervisorMode } from '../../supervisor/mode/supervisor-mode.ts';
import { isSupervisorName } from '../../net/supervisor-names.ts';

export interface SupervisorBeside {
  /** Of its container. */
  readonly name: string;
  readonly isRunning: boolean;
}

/** The supervisor's container, running or not. */
export const findSupervisorBeside = (containers: readonly ContainerSummary[]): SupervisorBeside | undefined =>
  containers
    .filter(({ name }) => isSupervisorName(name))
    .map(({ name, state }) => ({ name, isRunning: state === 'running' }))[0];

/**
 * A supervisor knows its own by the label `io.balena.supervised`. On leaving local mode it removes what was made since it last
 * started, of what runs then; outside of local mode it removes images without a name whenever it applies a state.
 */
export function describeSupervisor(
  { name, isRunning }: SupervisorBeside,
  mode: SupervisorMode | undefined,
): string {
  const onLeaving =
    'only if the device leaves local mode, it removes what was made since it last started, volumes too: push again then';
  if (!isRunning)
    return `${name} is on this device and does not run: it leaves what is pushed alone; see why: os services DEVICE supervisor --logs`;
  switch (mode) {
    case 'unmanaged':
    case 'local-mode':
      return `${name} runs here: it leaves what is pushed alone; ${onLeaving}`;
    case 'local-mode-off':
      return `${name} runs here with local mode off: it leaves what is pushed alone, but the cloud's release runs beside it and may hold its ports, and a build is repeated where it removes layers; turn local mode on in the dashboard of its cloud`;
    case 'local-mode-left':
      return `${name} runs here, and the device has left local mode: it leaves what is pushed alone, but a build is repeated where it removes layers; its start turns local mode on again: os services DEVICE supervisor --restart`;
    case 'down':
      return `${name} runs here and does not answer: it leaves what is pushed alone; see why: os services DEVICE supervisor --logs`;
    case 'none':
    case undefined:
      return `${name} runs here, in a mode that it does not tell: it leaves what is pushed alone; ${onLeaving}; os info DEVICE says more`;
  }
}
