import { probeFacts, type Probed, type ProbeOptions, type RunOnHost } from './probe.ts';

/** An address of a device, and a way to run scripts on its host there. */
export interface ProbedAddress {
  readonly address: string;
  readonly run: RunOnHost | null;
}

/** Maximum number of further addresses to probe, so that a device with many is not probed a hundred times. */
const maxOthers = 3;

/** True if no other address can add facts about the device. */
const isComplete = ({ engine, host, isSshOpen }: Probed): boolean =>
  engine !== null && (host !== null || isSshOpen);

const hostnameOf = ({ engine, host }: Probed): string | null => host?.hostname ?? engine?.hostname ?? null;

/** Fills the unknown facts of `first` from `second`, unless the two report different names. */
export function mergeFacts(first: Probed, second: Probed): Probed {
  const [name, other] = [hostnameOf(first), hostnameOf(second)];
  if (name !== null && other !== null && name !== other) return first;
  const host = first.host ?? second.host;
  return {
    engine: first.engine ?? second.engine,
    supervisorContainer: first.supervisorContainer ?? second.supervisorContainer,
    supervisor: first.supervisor ?? second.supervisor,
    host,
    isSshOpen: first.isSshOpen || second.isSshOpen,
    hostFailure: host === null ? (first.hostFailure ?? second.hostFailure) : null,
  };
}

/**
 * Probes a device at `first`, and at its other addresses for the facts that are missing: an engine may listen on IPv4
 * alone. `others` is called only if facts are missing. Throws only the signal's reason.
 */
export async function probeAddressesInTurn(
  first: ProbedAddress,
  others: () => Promise<readonly ProbedAddress[]>,
  options: Omit<ProbeOptions, 'run'>,
  signal: AbortSignal,
): Promise<Probed> {
  let facts = await probeFacts(first.address, { ...options, run: first.run }, signal);
  if (isComplete(facts)) return facts;
  for (const { address, run } of (await others()).slice(0, maxOthers)) {
    const isHostKnown = facts.host !== null;
    const more = await probeFacts(address, { ...options, run: isHostKnown ? null : run }, signal);
    facts = mergeFacts(facts, more);
    if (isComplete(facts)) break;
  }
  return facts;
}
