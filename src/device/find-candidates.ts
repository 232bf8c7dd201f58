import { OsError } from '../core/errors.ts';
import type { Candidate, Lookup } from './candidate.ts';
import { sourcesOf } from './candidate-sources.ts';
import { hostLabel } from './naming.ts';
import type { DeviceTarget } from './target.ts';

/** Callbacks of a search for a device. */
export interface FoundHandlers {
  /** Takes an address at which the device may be. */
  readonly take: (candidate: Candidate) => void;
  /** Receives a reason why the device may not be found, for the case that no other reason is known. */
  readonly explain: (reason: OsError) => void;
}

const leadsHere = (target: DeviceTarget, address: string): OsError =>
  new OsError('device-not-found', `${target.text} leads to this machine (${address}), which is no device`, {
    hint: `type the address to reach what listens there: ${address}`,
  });

const notRunning = (name: string): OsError =>
  new OsError('device-not-found', `the emulated device ${name} is not running`, {
    hint: `boot it: os emulator up ${name}`,
  });

/**
 * Passes every address at which `target` may be to `take` as soon as it is known: remembered ones immediately, while
 * the network is queried. Skips addresses of this machine unless a person typed them. Resolves when all sources have
 * ended or `signal` aborts. Throws OsError `device-ambiguous`, and the lookup's errors.
 */
export async function findCandidates(
  target: DeviceTarget,
  lookup: Lookup,
  signal: AbortSignal,
  { take, explain }: FoundHandlers,
): Promise<void> {
  const seen = new Set<string>();
  const drain = async (source: AsyncIterable<Candidate>): Promise<void> => {
    for await (const candidate of source) {
      if (signal.aborted) return;
      // An address that was only remembered is tried again when the network confirms it.
      const key = JSON.stringify([candidate.address, candidate.source === 'known', candidate.uuidPrefix]);
      if (seen.has(key)) continue;
      seen.add(key);
      const mayBeOwn = candidate.source === 'typed' || candidate.source === 'emulated';
      if (!mayBeOwn && lookup.isOwnAddress(candidate.address)) explain(leadsHere(target, candidate.address));
      else take(candidate);
    }
  };
  const { first, last } = await sourcesOf(target, lookup, signal);
  await Promise.all(first.map(drain));
  if (!signal.aborted) await Promise.all(last.map(drain));
  if (signal.aborted || target.kind !== 'word') return;
  const emulated = await lookup.findEmulated(hostLabel(target.host));
  if (emulated?.isRunning === false) explain(notRunning(emulated.name));
}
