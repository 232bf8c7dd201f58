import type { Clock } from '../core/clock.ts';
import { systemClock } from '../core/clock.ts';
import { systemNetwork } from './wire/bonjour-channel.ts';
import type { Network } from './wire/channel.ts';
import { HostAddresses } from './search/host-addresses.ts';
import type { Link } from './wire/link.ts';
import { openAsyncQueue } from './async-queue.ts';
import type { Question } from './wire/question.ts';
import { search } from './search/search.ts';

export interface ResolveHostOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly clock?: Clock;
  readonly network?: Network;
}

/** After the first answer, other addresses of the host may follow on other interfaces for so long. */
const lingerMs = 400;

/**
 * Yields the addresses of `host` (`mydevice.local`) as mDNS answers arrive, each once, link-local IPv6 with its zone.
 * Ends at the timeout, or soon after the last answer; stops querying when the consumer stops. Throws OsError
 * `network-unavailable` when no interface can be queried, and the signal's reason when aborted.
 */
export async function* resolveHost(
  host: string,
  options: ResolveHostOptions,
): AsyncGenerator<string, void, undefined> {
  const { clock = systemClock, network = systemNetwork, timeoutMs } = options;
  const labels = host.replace(/\.$/, '').split('.');
  const name = labels.join('.').toLowerCase();
  const standing: Question[] = [
    { labels, type: 'A' },
    { labels, type: 'AAAA' },
  ];
  const stateByInterface = new Map<
    string,
    { readonly addresses: HostAddresses; readonly sources: Set<string> }
  >();
  const stateOf = (link: Link): { readonly addresses: HostAddresses; readonly sources: Set<string> } => {
    const known = stateByInterface.get(link.interface);
    if (known !== undefined) return known;
    const addresses = new HostAddresses(link, () => network.readOwnAddresses());
    addresses.track(name);
    const fresh = { addresses, sources: new Set<string>() };
    stateByInterface.set(link.interface, fresh);
    return fresh;
  };
  const seen = new Set<string>();
  let lastNewMs = 0;
  const stop = new AbortController();
  const queue = openAsyncQueue<string>();
  const searching = search(
    { signal: AbortSignal.any([options.signal, stop.signal]), clock, timeoutMs, network },
    {
      standing,
      onRecords(link, records, source, nowMs) {
        const answers = records.filter(
          record => (record.type === 'A' || record.type === 'AAAA') && record.name === name && record.ttl > 0,
        );
        if (answers.length === 0) return;
        const { addresses, sources } = stateOf(link);
        sources.add(source);
        for (const record of answers)
          if (record.type === 'A' || record.type === 'AAAA') addresses.absorb(record, nowMs);
        for (const address of addresses.ordered(name, sources)) {
          if (seen.has(address)) continue;
          seen.add(address);
          lastNewMs = nowMs;
          queue.put(address);
        }
      },
      onFailure: () => undefined,
      openQuestions: () => [],
      isDone: nowMs => seen.size > 0 && nowMs - lastNewMs >= lingerMs,
    },
  ).finally(() => queue.close());
  const ended = searching.catch(() => undefined);
  try {
    yield* queue;
    await searching;
  } finally {
    stop.abort();
    await ended;
  }
}
