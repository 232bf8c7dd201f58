import type { Clock } from '../core/clock.ts';
import { systemClock } from '../core/clock.ts';
import type { Network } from './channel.ts';
import type { AddressRange, Link } from './link.ts';
import { believableRange, isLinkLocal } from './link.ts';
import { openMailbox } from './mailbox.ts';
import type { Question } from './question.ts';
import { search } from './search.ts';

export interface ResolveHostOptions {
  signal: AbortSignal;
  timeoutMs: number;
  clock?: Clock;
  network?: Network;
}

/** After the first answer, other addresses of the host may follow on other interfaces for so long. */
const lingerMs = 400;

/**
 * The addresses of `host` (`mydevice.local`) as mDNS answers come, each once, link-local IPv6 with its zone. Ends at the
 * timeout, or soon after the last answer; asks no more when the consumer stops. Throws OsError `network-unavailable`
 * when no interface can be asked, and the signal's reason when aborted.
 */
export async function* resolveHost(
  host: string,
  options: ResolveHostOptions,
): AsyncGenerator<string, void, undefined> {
  const { clock = systemClock, network, timeoutMs } = options;
  const labels = host.replace(/\.$/, '').split('.');
  const name = labels.join('.').toLowerCase();
  const standing: Question[] = [
    { labels, type: 'A' },
    { labels, type: 'AAAA' },
  ];
  const ranges = new Map<Link, AddressRange>();
  const rangeFor = (link: Link): AddressRange => {
    const range = ranges.get(link) ?? believableRange(link.cidrs);
    ranges.set(link, range);
    return range;
  };
  const seen = new Set<string>();
  let lastNewMs = 0;
  const stop = new AbortController();
  const mailbox = openMailbox<string>();
  const searching = search(
    { signal: AbortSignal.any([options.signal, stop.signal]), clock, timeoutMs, network },
    {
      standing,
      onRecords(link, records, _source, nowMs) {
        for (const record of records) {
          if (record.type !== 'A' && record.type !== 'AAAA') continue;
          if (record.name !== name || record.ttl === 0 || !rangeFor(link).has(record.address)) continue;
          const address = isLinkLocal(record.address) ? `${record.address}%${link.zone}` : record.address;
          if (seen.has(address)) continue;
          seen.add(address);
          lastNewMs = nowMs;
          mailbox.put(address);
        }
      },
      onFailure: () => undefined,
      openQuestions: () => [],
      isDone: nowMs => seen.size > 0 && nowMs - lastNewMs >= lingerMs,
    },
  ).finally(() => mailbox.close());
  const ended = searching.catch(() => undefined);
  try {
    yield* mailbox;
    await searching;
  } finally {
    stop.abort();
    await ended;
  }
}
