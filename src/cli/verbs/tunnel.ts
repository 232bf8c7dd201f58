import { ipVersionOf } from '../../net/ip-version.ts';
import { systemClock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/unless-aborted.ts';
import { isLoopback } from '../../net/listening-sockets.ts';
import { listServices } from '../../release/running/project-services.ts';
import { forwardConnection } from '../../tunnel/forward.ts';
import { openReversePorts } from '../../tunnel/keep-reverse.ts';
import { offerPorts } from '../../tunnel/offer-ports.ts';
import { openLocalPorts } from '../../tunnel/open-listeners.ts';
import { refuseTwice, type PortRequest } from '../../tunnel/port-words.ts';
import type { ReportTunnel } from '../../tunnel/tunnel-events.ts';
import { watchDevice } from '../../tunnel/watch-device.ts';
import { findProjectName } from './project/project-name.ts';
import { openServiceFinder } from './service-finder.ts';
import type { TunnelDependencies, TunnelRequest } from './tunnel-request.ts';
import { openDial, reachTunnelDevice, type TunnelDevice } from './tunnel-device.ts';

async function refuseAmbiguous(
  { words }: TunnelRequest,
  { isDeviceName }: TunnelDependencies,
): Promise<void> {
  const { suspect } = words;
  if (suspect === undefined || !(await isDeviceName(suspect.name))) return;
  const { name, rest } = suspect;
  throw new OsError('usage', `${name}:${rest} may be a port of a service ${name}, or of the device ${name}`, {
    hint: `say which: os tunnel --device DEVICE ${name}:${rest}, or os tunnel ${name} ${rest}`,
  });
}

/** The address to listen on; undefined: loopback. Throws OsError `usage` for what is no address. */
function checkBind({ bind, words, reverse, isAll }: TunnelRequest, report: ReportTunnel): string | undefined {
  if (bind !== undefined && reverse.length > 0 && words.ports.length === 0 && !isAll)
    throw new OsError('usage', '--bind is for ports that lead to the device, and --reverse leads here', {
      hint: 'leave one of the two out, or name a port of the device',
    });
  if (bind === undefined || bind === 'localhost') return undefined;
  if (ipVersionOf(bind) === 0)
    throw new OsError('usage', `not an address: ${JSON.stringify(bind)}`, {
      hint: 'give --bind an address of this machine, e.g. 192.168.1.10, or 0.0.0.0 for all of IPv4',
    });
  if (!isLoopback(bind))
    report({
      type: 'warning',
      message: `--bind ${bind}: whoever reaches this machine there reaches the ports, without a password`,
    });
  return bind;
}

/** The ports that were named, and those of the project that are wanted beside them or in their place. */
async function choosePorts(
  { signal, pickPorts }: TunnelDependencies,
  { words, isAll, project, reverse }: TunnelRequest,
  { engine, where }: TunnelDevice,
  findProject: () => Promise<string | undefined>,
): Promise<readonly PortRequest[]> {
  const isOffered = words.ports.length === 0 && reverse.length === 0;
  if (engine === undefined || !(isOffered || isAll)) return words.ports;
  const name = project.projectName ?? (await findProject());
  const services = await listServices(engine.engine, name, signal);
  const offered = await offerPorts(services, { where, project: name, isAll, pick: pickPorts });
  const isNamed = ({ service, port }: PortRequest): boolean =>
    words.ports.some(named => named.service === service && named.port === port);
  const ports = [...words.ports, ...offered.filter(port => !isNamed(port))];
  refuseTwice(ports);
  return ports;
}

/** Leads ports to the device, and ports of the device here, until `signal` aborts; throws its reason then. */
export async function tunnel(dependencies: TunnelDependencies, request: TunnelRequest): Promise<never> {
  const { reportTunnel: report, signal, findHolder } = dependencies;
  const { reverse, project } = request;
  await refuseAmbiguous(request, dependencies);
  const bind = checkBind(request, report);
  await using device = await reachTunnelDevice(dependencies, request);
  const { host, engine, where } = device;
  const findProject = (): Promise<string | undefined> => findProjectName(dependencies, project);
  const finder = openServiceFinder({
    engine: engine?.engine,
    where,
    signal,
    findProject,
    project: project.projectName,
  });
  const ports = await choosePorts(dependencies, request, device, findProject);
  for (const service of new Set(ports.flatMap(it => it.service ?? []))) {
    const problem = await finder.findProblem(service);
    if (problem !== undefined) report({ type: 'warning', message: problem });
  }

  const failure = new AbortController();
  const fail = (error: unknown): void => failure.abort(error);
  const ending = AbortSignal.any([signal, failure.signal]);
  const dial = await openDial(device, { ports, find: finder.find, report });
  await using locals = await openLocalPorts(ports, {
    bind,
    findHolder,
    onConnection: (socket, far) => {
      forwardConnection(socket, far, { dial, report, signal: ending }).catch(fail);
    },
  });
  const options = { where, report, fail, signal: ending, clock: systemClock };
  await using kept =
    host !== undefined && reverse.length > 0
      ? await openReversePorts(host.session, reverse, options)
      : undefined;
  for (const { request: far, addresses, port } of locals) {
    const { service } = far;
    report({ type: 'listening', service, port: far.port, addresses, localPort: port });
  }
  // Awaited here: everything is closed when this function returns.
  if (host === undefined) return await unlessAborted(new Promise<never>(() => undefined), ending);
  return await watchDevice(host.session, {
    ...options,
    getSession: () => host.lasting.get(),
    onBack: session => void kept?.reopen(session).catch(fail),
  });
}
