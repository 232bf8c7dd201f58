import { isIPv4 } from 'node:net';
import { machineCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';
import { parseRoutes } from '../../machine/routes.ts';

interface Input {
  /** /proc/net/route; undefined where the system has no such file. */
  readonly routes: string | undefined;
  readonly address: string;
}

/** Interfaces that carry no multicast and lead away from the LAN. */
const isTunnel = (name: string): boolean =>
  /^(?:tun|tap|wg|ppp|utun|tailscale|zt|nordlynx|cscotun)/.test(name);

/** Which way packets to the device take: a VPN in between swallows multicast, and often the LAN. */
export const route = machineCheck({
  id: 'route',
  title: 'route to the device',
  read: async (machine, sources): Promise<Input> => ({
    routes: await machine.readText('/proc/net/route'),
    address: (await sources.device()).address,
  }),
  judge: ({ routes, address }: Input) => {
    const zone = address.split('%')[1];
    if (zone !== undefined) return ok(`link-local, on ${zone}`);
    if (!isIPv4(address) || routes === undefined) return unknown('routes are read for IPv4 on Linux alone');
    const wanted = Buffer.from(address.split('.').map(Number)).readUInt32BE();
    const [best] = parseRoutes(routes)
      .filter(it => (wanted & it.mask) >>> 0 === it.destination)
      .sort((a, b) => b.mask - a.mask || a.metric - b.metric);
    if (best === undefined) return unknown(`no route in the main table leads to ${address}`);
    if (isTunnel(best.interface))
      return warning(
        `${address} is reached through ${best.interface}, a VPN: multicast does not pass it`,
        'name the device by its address, or let the VPN leave the local network alone',
      );
    return ok(
      best.gateway === 0
        ? `${address} is on the network of ${best.interface}`
        : `${address} is behind a router, through ${best.interface}: found by address or --subnet alone`,
    );
  },
});
