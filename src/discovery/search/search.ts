import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { systemNetwork } from '../wire/bonjour-channel.ts';
import type { Network } from '../wire/channel.ts';
import { ChannelSet } from '../wire/channel-set.ts';
import { FollowUps } from './follow-ups.ts';
import type { InterfaceFailure } from '../found-device.ts';
import type { Link } from '../wire/link.ts';
import type { Question } from '../wire/question.ts';
import type { MdnsRecord } from '../wire/records.ts';

export interface SearchOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Goes on until aborted, follows interfaces that come and go. */
  readonly isWatching?: boolean;
  readonly network?: Network | undefined;
}

/** A consumer of a search: supplies questions, takes answers, decides when to stop. */
export interface Searcher {
  readonly standing: readonly Question[];
  onRecords(link: Link, records: MdnsRecord[], source: string, nowMs: number): void;
  onFailure(failure: InterfaceFailure): void;
  /** Questions that are still open on an interface. */
  openQuestions(name: string, nowMs: number): Question[];
  /** Called every few milliseconds. */
  isDone(nowMs: number, elapsedMs: number): boolean;
}

const tickMs = 20;
const watchTickMs = 250;
const refreshMs = 3000;

const unavailable = (message: string): OsError =>
  new OsError('network-unavailable', message, {
    hint: 'connect to the network of the device; where multicast is blocked, sweep addresses with `os scan --subnet CIDR`',
  });

/**
 * Asks on every link, both ways, until `searcher` is done or the timeout is over (never, when watching). Resolves to the
 * interfaces that were searched. Throws OsError `network-unavailable` when there was none, and the signal's reason.
 */
export async function search(options: SearchOptions, searcher: Searcher): Promise<string[]> {
  const { clock, isWatching = false, network = systemNetwork, signal, timeoutMs } = options;
  signal.throwIfAborted();
  const startMs = clock.nowMs();
  const followUps = new FollowUps();
  const askOpen = (name: string, nowMs: number): void => {
    const due = followUps.takeDue(name, searcher.openQuestions(name, nowMs), nowMs);
    for (const batch of due) channels.ask(name, batch);
  };
  await using channels = new ChannelSet({
    network,
    clock,
    isWatching,
    standing: searcher.standing,
    onFailure: failure => searcher.onFailure(failure),
    onRecords: (link, records, source) => {
      const nowMs = clock.nowMs();
      searcher.onRecords(link, records, source, nowMs);
      askOpen(link.interface, nowMs);
    },
  });
  await channels.refresh();
  if (channels.isHopeless()) throw unavailable('this machine has no network interface that can be searched');
  let refreshedMs = startMs;
  for (;;) {
    const nowMs = clock.nowMs();
    channels.askDue(nowMs);
    for (const name of channels.searched()) askOpen(name, nowMs);
    if (!isWatching && channels.isHopeless()) throw unavailable('no network interface can be searched');
    if (searcher.isDone(nowMs, nowMs - startMs) || (!isWatching && nowMs - startMs >= timeoutMs)) break;
    await clock.sleep(isWatching ? watchTickMs : tickMs, signal);
    if (!isWatching || clock.nowMs() - refreshedMs < refreshMs) continue;
    refreshedMs = clock.nowMs();
    await channels.refresh();
  }
  channels.reportRemaining();
  if (channels.searched().length === 0) throw unavailable('no network interface can be searched');
  return channels.searched();
}
