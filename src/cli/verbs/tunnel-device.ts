import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { DeviceTarget } from '../../device/target.ts';
import type { ReachedEngine } from '../../reach/engine/reached-engine.ts';
import type { LastingHost } from '../../reach/host/lasting-host.ts';
import { dialOverSsh } from '../../tunnel/dial.ts';
import { dialDirectly, findOuterPort } from '../../tunnel/dial-direct.ts';
import type { DialFar } from '../../tunnel/forward.ts';
import type { PortRequest } from '../../tunnel/port-words.ts';
import type { ReportTunnel } from '../../tunnel/tunnel-events.ts';
import { reachEitherWay } from './reach-either-way.ts';
import type { ServiceFinder } from './service-finder.ts';
import type { TunnelDependencies, TunnelRequest } from './tunnel-request.ts';

/** A device as a tunnel needs it. Disposing closes the connections. */
export interface TunnelDevice extends AsyncDisposable {
  /** Its name, for messages. */
  readonly where: string;
  /** undefined: SSH is closed, for the reason `closed`. */
  readonly host: LastingHost | undefined;
  readonly closed: OsError | undefined;
  /** undefined: nothing is asked of it. */
  readonly engine: ReachedEngine | undefined;
}

/** The name of a target without its port, which belongs to SSH here. */
function withoutPort(target: DeviceTarget): string {
  if (target.kind === 'address') return target.address;
  return target.port === null ? target.text : target.text.replace(/:\d+$/, '');
}

/** Opens the host, or returns why SSH does not: it is closed, or refuses this user. */
async function tryHost(opening: Promise<LastingHost>): Promise<LastingHost | OsError> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof OsError && (error.code === 'device-unreachable' || error.code === 'auth-refused'))
      return error;
    throw error;
  }
}

/** Reaches the host over SSH, and the engine where services are asked for or SSH is closed. Throws OsError. */
export async function reachTunnelDevice(
  dependencies: TunnelDependencies,
  { words, reverse, target, sshPort, isAll }: TunnelRequest,
): Promise<TunnelDevice> {
  const chosen = await dependencies.chooseDevice(words.device);
  const login = { port: sshPort, identityFile: target.identityFile };
  const reached = await tryHost(dependencies.openLastingHost(chosen, login));
  const closed = reached instanceof OsError ? reached : undefined;
  const host = reached instanceof OsError ? undefined : reached;
  if (closed !== undefined && reverse.length > 0) throw closed;
  const isOffered = words.ports.length === 0 && reverse.length === 0;
  const hasServices = words.ports.some(({ service }) => service !== null);
  const device = withoutPort(chosen);
  let engine: ReachedEngine | undefined;
  try {
    if (closed !== undefined || isOffered || isAll || hasServices)
      engine = await reachEitherWay(dependencies, { ...target, device });
  } catch (error) {
    await host?.lasting[Symbol.asyncDispose]();
    throw closed?.code === 'auth-refused' ? closed : error;
  }
  return {
    where: sanitizeLine(host?.host ?? engine?.name ?? device),
    host,
    closed,
    engine,
    async [Symbol.asyncDispose]() {
      await engine?.engine[Symbol.asyncDispose]();
      await host?.lasting[Symbol.asyncDispose]();
    },
  };
}

/**
 * The way to ports of the device: through SSH, else to its own address, where a port that cannot be had so is refused at once:
 * throws OsError `host-refused`.
 */
export async function openDial(
  { where, host, engine, closed }: TunnelDevice,
  {
    ports,
    find,
    report,
  }: {
    readonly ports: readonly PortRequest[];
    readonly find: ServiceFinder['find'];
    readonly report: ReportTunnel;
  },
): Promise<DialFar> {
  if (host !== undefined)
    return (far, signal) =>
      dialOverSsh(far, { where, getSession: () => host.lasting.get(), findContainer: find }, signal);
  if (engine === undefined || engine.port === null)
    throw closed ?? new Error('there is no way to the device');
  for (const port of ports) await findOuterPort(port, { where, findContainer: find });
  const isRefused = closed?.code === 'auth-refused';
  report({
    type: 'warning',
    message: `SSH on ${where} is closed${isRefused ? ' to you' : ''}: connections go to its own address, where only published ports are`,
  });
  const prove = async (): Promise<void> => void (await engine.openSocket()).destroy();
  const { address } = engine;
  return (far, signal) => dialDirectly(far, { where, address, prove, findContainer: find }, signal);
}
