import { OsError } from '../core/errors.ts';
import type { DeviceIdentity } from './identity.ts';
import type { KnownDevice, KnownDevices } from './known-devices.ts';
import type { DeviceTarget } from './target.ts';

/** An address at which the named device may be. */
export interface Candidate {
  address: string;
  /** Its name on the network where one is known, e.g. `mydevice.local`. */
  host: string | null;
  uuid: string | null;
  /** Of a known device: its engine's own id, which proves that the address is still its. */
  engineId: string | null;
  /** `given` by the user, `known` from an earlier meeting, or found on the `network` just now. */
  source: 'given' | 'known' | 'network';
}

/** A device that answered a browse; `identity` arrives with its probe. */
export interface BrowsedDevice {
  host: string;
  addresses: readonly string[];
  identity: DeviceIdentity | null;
}

/** The ways to find a device; the wiring supplies real ones. */
export interface Lookup {
  known: Pick<KnownDevices, 'list'>;
  /** Addresses of `host` (`name.local`) as mDNS answers come in; ends when quiet. */
  resolveMdns(host: string, signal: AbortSignal): AsyncIterable<string>;
  resolveDns(host: string, signal: AbortSignal): Promise<string[]>;
  /** Every device on the network, with its identity; ends when quiet. */
  browse(signal: AbortSignal): Promise<BrowsedDevice[]>;
}

const hostLabel = (host: string): string => host.replace(/\.local\.?$/, '').toLowerCase();
const plainUuid = (uuid: string | null): string => (uuid ?? '').replaceAll('-', '').toLowerCase();

/** Whether a device is the one `prefix` names: by its UUID, else by the default host name made of its first seven digits. */
function matchesPrefix(device: { uuid: string | null; host: string }, prefix: string): boolean {
  if (device.uuid !== null) return plainUuid(device.uuid).startsWith(prefix);
  const label = hostLabel(device.host);
  return label.startsWith(prefix) || (label.length === 7 && prefix.startsWith(label));
}

/** Whether a device met before is one that `target` may name; an address names none. */
export function isNamed(device: KnownDevice, target: DeviceTarget): boolean {
  switch (target.kind) {
    case 'address':
    case 'dns':
      return false;
    case 'mdns':
      return device.host === target.host;
    case 'uuid':
      return matchesPrefix(device, target.prefix);
    case 'word':
      return device.host === target.host || (target.prefix !== null && matchesPrefix(device, target.prefix));
  }
}

function refuseAmbiguous(prefix: string, devices: readonly { uuid: string | null; host: string }[]): OsError {
  const names = devices.map(
    device => `${hostLabel(device.host)}${device.uuid === null ? '' : ` (${device.uuid})`}`,
  );
  return new OsError(
    'device-ambiguous',
    `${prefix} is the start of ${devices.length.toString()} devices: ${names.join(', ')}`,
    {
      hint: 'write more of the UUID, or name the device by its host name',
    },
  );
}

const fromKnown = (device: KnownDevice): Candidate[] =>
  device.addresses.map(address => ({
    address,
    host: device.host,
    uuid: device.uuid,
    engineId: device.engineId ?? device.identity?.engine?.id ?? null,
    source: 'known',
  }));

async function* overMdns(host: string, lookup: Lookup, signal: AbortSignal): AsyncGenerator<Candidate> {
  for await (const address of lookup.resolveMdns(host, signal))
    yield { address, host, uuid: null, engineId: null, source: 'network' };
}

async function* byBrowsing(prefix: string, lookup: Lookup, signal: AbortSignal): AsyncGenerator<Candidate> {
  const browsed = await lookup.browse(signal);
  const matching = browsed
    .map(device => ({ ...device, uuid: device.identity?.uuid ?? null }))
    .filter(device => matchesPrefix(device, prefix));
  if (matching.length > 1) throw refuseAmbiguous(prefix, matching);
  for (const { addresses, host, uuid } of matching)
    for (const address of addresses) yield { address, host, uuid, engineId: null, source: 'network' };
}

/** The sources of candidates for `target`: each is asked at the same time as the others. */
async function sourcesOf(
  target: DeviceTarget,
  lookup: Lookup,
  signal: AbortSignal,
): Promise<AsyncIterable<Candidate>[]> {
  const known = target.kind === 'address' || target.kind === 'dns' ? [] : await lookup.known.list();
  const ofKnown = (devices: readonly KnownDevice[]): Candidate[] => devices.slice(0, 1).flatMap(fromKnown);
  switch (target.kind) {
    case 'address':
      return [
        oneByOne([{ address: target.address, host: null, uuid: null, engineId: null, source: 'given' }]),
      ];
    case 'dns': {
      const addresses = await lookup.resolveDns(target.host, signal);
      return [
        oneByOne(
          addresses.map(address => ({
            address,
            host: target.host,
            uuid: null,
            engineId: null,
            source: 'given',
          })),
        ),
      ];
    }
    case 'mdns': {
      const { host } = target;
      return [
        oneByOne(ofKnown(known.filter(device => device.host === host))),
        overMdns(host, lookup, signal),
      ];
    }
    case 'uuid':
    case 'word': {
      const { prefix } = target;
      const named = target.kind === 'word' ? known.filter(device => device.host === target.host) : [];
      const started = prefix === null ? [] : known.filter(device => matchesPrefix(device, prefix));
      if (named.length === 0 && prefix !== null && started.length > 1) throw refuseAmbiguous(prefix, started);
      const host = target.kind === 'word' ? target.host : `${target.prefix.slice(0, 7)}.local`;
      const sources = [oneByOne(ofKnown(named.length > 0 ? named : started)), overMdns(host, lookup, signal)];
      const knownHost = started[0]?.host;
      if (knownHost !== undefined && knownHost !== host) sources.push(overMdns(knownHost, lookup, signal));
      if (prefix !== null && named.length + started.length === 0)
        sources.push(byBrowsing(prefix, lookup, signal));
      return sources;
    }
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- the shape of a source
async function* oneByOne(candidates: readonly Candidate[]): AsyncGenerator<Candidate> {
  yield* candidates;
}

/**
 * Hands every address at which `target` may be to `take` as soon as it is known; remembered ones at once,
 * while the network is asked. Resolves when all sources have ended or `signal` aborts.
 */
export async function findCandidates(
  target: DeviceTarget,
  lookup: Lookup,
  signal: AbortSignal,
  take: (candidate: Candidate) => void,
): Promise<void> {
  const seen = new Set<string>();
  const sources = await sourcesOf(target, lookup, signal);
  await Promise.all(
    sources.map(async source => {
      for await (const candidate of source) {
        if (signal.aborted) return;
        // The network confirms what was only remembered, so it counts anew.
        const key = `${candidate.address} ${candidate.source === 'known' ? 'remembered' : 'found'}`;
        if (seen.has(key)) continue;
        seen.add(key);
        take(candidate);
      }
    }),
  );
}
