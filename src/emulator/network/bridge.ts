import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { OsError } from '../../core/errors.ts';
import { openLock } from '../../state/lock.ts';
import type { EmulatorContext, EmulatorPlace } from '../place.ts';
import type { Subnet } from './subnet.ts';
import { gatewayOf, isOverlapping } from './subnet.ts';
import { findReservation, isClaimedByOther, readReservations, reserveNetwork } from './reservations.ts';
import { runTool } from '../machine/tool.ts';
import { findIPv4Network, formatIPv4Network } from '../../net/ipv4.ts';

/** Shared by all users of the machine, so that each sees the networks that the others chose. */
const networkLock = '/run/os-cli/emulator-network.lock';
const reservations = '/run/os-cli/emulator-networks';

/** A bridge belongs to one state directory and one network, so that runs with state of their own stay apart. */
export function bridgeName(place: EmulatorPlace, subnet: string): string {
  const digest = createHash('sha256').update(`${place.stateDirectory}\0${subnet}`).digest('hex');
  return `osbr-${digest.slice(0, 8)}`;
}

const isLinkPresent = (name: string): boolean => existsSync(`/sys/class/net/${name}`);

type Reservations = Awaited<ReturnType<typeof readReservations>>;

interface Route {
  readonly dst: string;
  readonly dev?: string;
}

/** Networks that this machine routes to somewhere, without the default route. */
export function parseRoutes(json: string): { readonly subnet: Subnet; readonly link: string }[] {
  const routes = JSON.parse(json === '' ? '[]' : json) as Route[];
  return routes.flatMap(route => {
    const subnet = findIPv4Network(route.dst);
    return subnet === undefined ? [] : [{ subnet, link: route.dev ?? '?' }];
  });
}

/** The device's engine has this network for its containers: a device in it would not find its gateway. */
const engineSubnet = findIPv4Network('172.17.0.0/16');

/** Describes the owner of addresses in `subnet`: a link of this machine, or the devices of another state directory. */
async function findConflict(
  subnet: Subnet,
  stateDirectory: string,
  reservations: Reservations,
): Promise<string | undefined> {
  if (engineSubnet !== undefined && isOverlapping(subnet, engineSubnet)) return "the device's own engine";
  const holder = findReservation(reservations, subnet);
  if (holder !== undefined) return `emulated devices in ${holder}`;
  const routes = parseRoutes(await runTool('ip', ['-json', '-4', 'route', 'show', 'table', 'all']));
  return routes.find(route => route.link !== stateDirectory && isOverlapping(route.subnet, subnet))?.link;
}

async function makeBridge(name: string, subnet: Subnet): Promise<void> {
  await runTool('ip', ['link', 'add', name, 'type', 'bridge', 'forward_delay', '0', 'mcast_snooping', '0']);
  const address = `${gatewayOf(subnet)}/${subnet.prefixLength.toString()}`;
  await runTool('ip', ['address', 'add', address, 'brd', '+', 'dev', name]);
  await runTool('ip', ['link', 'set', name, 'up']);
}

/** Locks the choice of addresses. To be held from the choice of a device's address until its record is written. */
export const lockNetworks = (signal?: AbortSignal): Promise<AsyncDisposable> =>
  openLock(networkLock, { what: 'the emulated networks', waitMs: 20_000, ...(signal && { signal }) });

/**
 * Creates the bridge of the first of `subnets` that is free, unless it exists, and reserves that network for the
 * devices of this state directory. The lock on networks must be held. Throws OsError `host-unsuitable` if each overlaps a
 * network in use.
 */
export async function ensureBridge(
  context: EmulatorContext,
  subnets: readonly Subnet[],
): Promise<{ readonly bridge: string; readonly subnet: Subnet }> {
  const { place } = context;
  const others = await readReservations(reservations, place.stateDirectory);
  for (const subnet of subnets) {
    const bridge = bridgeName(place, formatIPv4Network(subnet));
    const conflict = await findConflict(subnet, bridge, others);
    if (conflict === undefined) {
      await reserveNetwork(reservations, place.stateDirectory, subnet);
      if (!isLinkPresent(bridge)) await makeBridge(bridge, subnet);
      return { bridge, subnet };
    }
    if (subnets.length === 1)
      throw new OsError(
        'host-unsuitable',
        `the network ${formatIPv4Network(subnet)} is taken on this machine already: ${conflict}`,
        { hint: 'choose another one with --subnet' },
      );
  }
  throw new OsError('host-unsuitable', 'every network that devices use by default is taken already', {
    hint: 'name a free one with --subnet',
  });
}

/** Deletes a link, which may vanish by itself meanwhile: the kernel takes it away with the device's network. */
async function deleteLink(name: string): Promise<void> {
  try {
    if (isLinkPresent(name)) await runTool('ip', ['link', 'delete', name]);
  } catch (error) {
    if (isLinkPresent(name)) throw error;
  }
}

/** Removes a device's link and, when no other device is on it, the bridge. */
export async function removeLinks(place: EmulatorPlace, subnet: string, link: string): Promise<void> {
  await using _lock = await lockNetworks();
  await deleteLink(link);
  const bridge = bridgeName(place, subnet);
  if (!isLinkPresent(bridge) || (await isClaimedByOther(reservations, place.stateDirectory, subnet))) return;
  const ports = await readdir(`/sys/class/net/${bridge}/brif`);
  if (ports.length === 0) await deleteLink(bridge);
}
