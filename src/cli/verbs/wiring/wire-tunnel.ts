import { OsError } from '../../../core/errors.ts';
import { hostLabel, isNamed } from '../../../device/naming.ts';
import { parseTarget, type DeviceTarget } from '../../../device/target.ts';
import { findPortHolder } from '../../../net/port-holder.ts';
import { chooseDevice } from '../../../reach/choose-device.ts';
import { findEmulated } from '../../../reach/find/emulated.ts';
import { reachLastingHost } from '../../../reach/host/lasting-host.ts';
import { knownDevices } from '../../../reach/memory.ts';
import { wordOf, type PickPorts } from '../../../tunnel/offer-ports.ts';
import type { ReportTunnel } from '../../../tunnel/tunnel-events.ts';
import { canAsk } from '../../terminal/person.ts';
import { pickOne } from '../../terminal/prompts.ts';
import { reachContext } from '../../terminal/reach-context.ts';
import type { TunnelDependencies } from '../tunnel-request.ts';
import { wireProject, type Surroundings } from './wire-project.ts';

async function isDeviceName(name: string): Promise<boolean> {
  let target: DeviceTarget;
  try {
    target = parseTarget(name);
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    return false;
  }
  if (target.kind === 'word' && (await findEmulated(hostLabel(target.host))) !== undefined) return true;
  return (await knownDevices().list()).some(device => isNamed(device, target));
}

/** The real capabilities of `os tunnel`. */
export function wireTunnel(surroundings: Surroundings, reportTunnel: ReportTunnel): TunnelDependencies {
  const { output, signal, events } = surroundings;
  const context = reachContext(output, signal);
  const pickPorts: PickPorts = ports =>
    pickOne(
      'Which port?',
      [{ name: 'all of them', value: ports }, ...ports.map(port => ({ name: wordOf(port), value: [port] }))],
      signal,
    );
  const project = wireProject(surroundings);
  return {
    ...project,
    async reach(request) {
      const before = events.device;
      const reached = await project.reach(request);
      events.device = before ?? reached.name;
      return reached;
    },
    reportTunnel,
    isDeviceName,
    chooseDevice: named => chooseDevice(named, context),
    async openLastingHost(target, { port, identityFile }) {
      const reached = await reachLastingHost({ target, port, identityFile }, context);
      events.device = reached.host ?? reached.address;
      return reached;
    },
    pickPorts: canAsk() && output.mode !== 'json' ? pickPorts : undefined,
    findHolder: findPortHolder,
  };
}
