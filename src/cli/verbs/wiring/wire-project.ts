/** The real capabilities behind the verbs: this machine, its network and its terminal. */
import type { JsonEvents } from '../../../ui/json-events.ts';
import { notePlain, type Output } from '../../../ui/output.ts';
import { ports } from '../../../net/ports.ts';
import { reachEngine } from '../../../reach/engine/reach-engine.ts';
import type { ClaimDevice } from '../../place.ts';
import { claimOpened } from '../../several/claim-opened.ts';
import { reachContext } from '../../terminal/reach-context.ts';
import type { ProjectDependencies } from '../dependencies.ts';

export interface Surroundings {
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly events: JsonEvents;
  /** Omitted where no other command runs beside this one. */
  readonly claimDevice?: ClaimDevice;
}

/** For verbs that read a project and talk to a device. The device that is reached is named in every event from then on. */
export function wireProject({ output, signal, events, claimDevice }: Surroundings): ProjectDependencies {
  return {
    signal,
    note: text => notePlain(output, text),
    async reach({ device, via, enginePort, identityFile }) {
      const reached = await reachEngine(
        { named: device, via, enginePort, identityFile },
        reachContext(output, signal),
      );
      if (claimDevice !== undefined)
        await claimOpened(claimDevice, { ...reached, port: reached.port ?? ports.ssh }, reached.engine);
      events.device = reached.name;
      return reached;
    },
    async readProject(request, form, { device, isQuiet }) {
      // The reader of projects is the largest part of the program, and most runs of these verbs read none.
      const { askingDevice, openLiveProject, openProject } = await import('./open-project.ts');
      const open = form === 'live' ? openLiveProject : openProject;
      const askDevice = device === undefined ? undefined : askingDevice(device, signal);
      return open(request, askDevice, text => {
        if (!isQuiet) notePlain(output, text);
      });
    },
  };
}
