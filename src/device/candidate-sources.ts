import type { Candidate, EmulatedDevice, Lookup } from './candidate.ts';
import { engineIdOf, type KnownDevice } from './known-devices.ts';
import { defaultHost, hostLabel, matchesPrefix, refuseAmbiguous, unprovenByName } from './naming.ts';
import type { DeviceTarget } from './target.ts';

const proofOf = (device: KnownDevice): Candidate['known'] => ({
  uuid: device.uuid,
  engineId: engineIdOf(device),
});

const fromKnown = (device: KnownDevice, uuidPrefix: string | null): Candidate[] =>
  device.addresses.map(address => ({
    address,
    host: device.host,
    source: 'known',
    known: proofOf(device),
    reportedUuid: null,
    uuidPrefix,
  }));

const found = (
  address: string,
  host: string | null,
  proof: Partial<Pick<Candidate, 'known' | 'reportedUuid' | 'uuidPrefix'>> = {},
): Candidate => ({
  address,
  host,
  source: 'network',
  known: proof.known ?? null,
  reportedUuid: proof.reportedUuid ?? null,
  uuidPrefix: proof.uuidPrefix ?? null,
});

async function* overMdns(
  host: string,
  lookup: Lookup,
  signal: AbortSignal,
  proof: Pick<Candidate, 'known' | 'uuidPrefix'>,
): AsyncGenerator<Candidate> {
  for await (const address of lookup.resolveMdns(host, signal)) yield found(address, host, proof);
}

async function* byBrowsing(prefix: string, lookup: Lookup, signal: AbortSignal): AsyncGenerator<Candidate> {
  const browsed = await lookup.browse(signal);
  const matching = browsed
    .map(device => ({ ...device, uuid: device.identity?.uuid ?? null }))
    .filter(device => matchesPrefix(device, prefix));
  if (matching.length > 1) throw refuseAmbiguous(prefix, matching);
  for (const { addresses, host, uuid } of matching)
    for (const address of addresses)
      yield found(address, host, { reportedUuid: uuid, uuidPrefix: unprovenByName(prefix) });
}

// eslint-disable-next-line @typescript-eslint/require-await -- the shape of a source
async function* oneByOne(candidates: readonly Candidate[]): AsyncGenerator<Candidate> {
  yield* candidates;
}

/** Sources of candidates. */
export interface CandidateSources {
  /** Asked at the same time. */
  readonly first: readonly AsyncIterable<Candidate>[];
  /** Queried if those before have found nothing. */
  readonly last: readonly AsyncIterable<Candidate>[];
}

const fromEmulated = ({ address, host }: EmulatedDevice): Candidate => ({
  ...found(address, host),
  source: 'emulated',
});

/** The sources of candidates for `target`. Throws OsError `device-ambiguous` if it is the beginning of several UUIDs. */
export async function sourcesOf(
  target: DeviceTarget,
  lookup: Lookup,
  signal: AbortSignal,
): Promise<CandidateSources> {
  switch (target.kind) {
    case 'address':
      return { first: [oneByOne([{ ...found(target.address, null), source: 'typed' }])], last: [] };
    case 'dns': {
      const addresses = await lookup.resolveDns(target.host, signal);
      const source = target.host === 'localhost' ? 'typed' : 'network';
      const candidates = addresses.map(address => ({ ...found(address, target.host), source }) as const);
      return { first: [oneByOne(candidates)], last: [] };
    }
    case 'mdns':
      return { first: sourcesOfHost(target.host, await lookup.known.list(), lookup, signal), last: [] };
    case 'uuid':
      return sourcesOfUuid(target.prefix, await lookup.known.list(), lookup, signal);
    case 'word': {
      const emulated = await lookup.findEmulated(hostLabel(target.host));
      if (emulated?.isRunning === true) return { first: [oneByOne([fromEmulated(emulated)])], last: [] };
      return sourcesOfWord(target, await lookup.known.list(), lookup, signal);
    }
  }
}

function sourcesOfHost(
  host: string,
  known: readonly KnownDevice[],
  lookup: Lookup,
  signal: AbortSignal,
): AsyncIterable<Candidate>[] {
  const device = known.find(one => one.host === host);
  const proof = { known: device === undefined ? null : proofOf(device), uuidPrefix: null };
  return [
    oneByOne(device === undefined ? [] : fromKnown(device, null)),
    overMdns(host, lookup, signal, proof),
  ];
}

/** Returns the known device whose UUID begins with `prefix`, else undefined. */
function findStarted(prefix: string, known: readonly KnownDevice[]): KnownDevice | undefined {
  const started = known.filter(device => matchesPrefix(device, prefix));
  if (started.length > 1) throw refuseAmbiguous(prefix, started);
  return started[0];
}

/** A started candidate's name may lead to another device by now, so the whole UUID prefix has to be proven. */
function sourcesOfStarted(
  device: KnownDevice,
  prefix: string,
  lookup: Lookup,
  signal: AbortSignal,
): AsyncIterable<Candidate>[] {
  const uuidPrefix = device.uuid === null ? unprovenByName(prefix) : prefix;
  return [
    oneByOne(fromKnown(device, uuidPrefix)),
    overMdns(device.host, lookup, signal, { known: proofOf(device), uuidPrefix }),
  ];
}

function sourcesOfUuid(
  prefix: string,
  known: readonly KnownDevice[],
  lookup: Lookup,
  signal: AbortSignal,
): CandidateSources {
  const device = findStarted(prefix, known);
  const host = defaultHost(prefix);
  const byDefaultName = overMdns(host, lookup, signal, {
    known: device === undefined ? null : proofOf(device),
    uuidPrefix: prefix,
  });
  if (device === undefined) return { first: [byDefaultName, byBrowsing(prefix, lookup, signal)], last: [] };
  const ofDevice = sourcesOfStarted(device, prefix, lookup, signal);
  const first = device.host === host ? ofDevice : [...ofDevice, byDefaultName];
  return { first, last: [byBrowsing(prefix, lookup, signal)] };
}

/** A word is a host name first, and then the beginning of a UUID. */
function sourcesOfWord(
  { host, prefix }: DeviceTarget & { readonly kind: 'word' },
  known: readonly KnownDevice[],
  lookup: Lookup,
  signal: AbortSignal,
): CandidateSources {
  const ofHost = sourcesOfHost(host, known, lookup, signal);
  if (prefix === null || known.some(device => device.host === host)) return { first: ofHost, last: [] };
  const device = findStarted(prefix, known);
  const browsing = byBrowsing(prefix, lookup, signal);
  if (device === undefined) return { first: [...ofHost, browsing], last: [] };
  return { first: [...sourcesOfStarted(device, prefix, lookup, signal), ...ofHost], last: [browsing] };
}
