import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { OsError } from '../core/errors.ts';
import { openLock } from '../state/lock.ts';
import type { EmulatorContext, EmulatorPlace } from './place.ts';
import type { Subnet } from './subnet.ts';
import { findSubnet, formatSubnet, gatewayOf, isOverlapping } from './subnet.ts';
import { runTool } from './tool.ts';

/** Shared by all users of the machine: who chooses a network must see what the others chose. */
const networkLock = '/run/os-cli/emulator-network.lock';

/** A bridge belongs to one state directory and one network, so that runs with state of their own stay apart. */
export function bridgeName(place: EmulatorPlace, subnet: string): string {
  const digest = createHash('sha256').update(`${place.stateDirectory}\0${subnet}`).digest('hex');
  return `osbr-${digest.slice(0, 8)}`;
}

const isLinkPresent = (name: string): boolean => existsSync(`/sys/class/net/${name}`);

interface Route {
  dst: string;
  dev?: string;
}

/** Networks that this machine routes to somewhere, without the default route. */
export function parseRoutes(json: string): { subnet: Subnet; link: string }[] {
  const routes = JSON.parse(json === '' ? '[]' : json) as Route[];
  return routes.flatMap(route => {
    const subnet = findSubnet(route.dst);
    return subnet === undefined ? [] : [{ subnet, link: route.dev ?? '?' }];
  });
}

/** The device's engine has this network for its containers: a device in it would not find its gateway. */
const engineSubnet = findSubnet('172.17.0.0/16');

/** The link that already routes a part of `subnet`, if any. */
async function findConflict(subnet: Subnet, own: string): Promise<string | undefined> {
  if (engineSubnet !== undefined && isOverlapping(subnet, engineSubnet)) return "the device's own engine";
  const routes = parseRoutes(await runTool('ip', ['-json', '-4', 'route', 'show', 'table', 'all']));
  return routes.find(route => route.link !== own && isOverlapping(route.subnet, subnet))?.link;
}

async function makeBridge(name: string, subnet: Subnet): Promise<void> {
  await runTool('ip', ['link', 'add', name, 'type', 'bridge', 'forward_delay', '0', 'mcast_snooping', '0']);
  const address = `${gatewayOf(subnet)}/${subnet.prefixLength.toString()}`;
  await runTool('ip', ['address', 'add', address, 'brd', '+', 'dev', name]);
  await runTool('ip', ['link', 'set', name, 'up']);
}

/**
 * Makes the bridge of the first of `subnets` that is free, unless it is there already. Throws OsError `host-unsuitable`
 * where this machine routes a part of each of them already.
 */
export async function ensureBridge(
  context: EmulatorContext,
  subnets: readonly Subnet[],
): Promise<{ bridge: string; subnet: Subnet }> {
  const { place, signal } = context;
  await using _lock = await openLock(networkLock, { what: 'the emulated networks', waitMs: 20_000, signal });
  for (const subnet of subnets) {
    const bridge = bridgeName(place, formatSubnet(subnet));
    const conflict = await findConflict(subnet, bridge);
    if (conflict === undefined) {
      if (!isLinkPresent(bridge)) await makeBridge(bridge, subnet);
      return { bridge, subnet };
    }
    if (subnets.length === 1)
      throw new OsError(
        'host-unsuitable',
        `the network ${formatSubnet(subnet)} is routed by this machine already: ${conflict}`,
        { hint: 'choose another one with --subnet' },
      );
  }
  throw new OsError('host-unsuitable', 'every network that devices use by default is routed already', {
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
  await using _lock = await openLock(networkLock, { what: 'the emulated networks', waitMs: 20_000 });
  await deleteLink(link);
  const bridge = bridgeName(place, subnet);
  if (!isLinkPresent(bridge)) return;
  const ports = await readdir(`/sys/class/net/${bridge}/brif`);
  if (ports.length === 0) await deleteLink(bridge);
}
