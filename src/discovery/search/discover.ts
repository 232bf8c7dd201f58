import type { Clock } from '../../core/clock.ts';
import { systemClock } from '../../core/clock.ts';
import { systemNetwork } from '../wire/bonjour-channel.ts';
import type { Network } from '../wire/channel.ts';
import { planEvents } from './changes.ts';
import type { DiscoveryEvent, FoundDevice } from '../found-device.ts';
import type { Link } from '../wire/link.ts';
import { LinkView } from './link-view.ts';
import { deviceType } from '../wire/question.ts';
import { isQuiet, liveness } from './schedule.ts';
import { search } from './search.ts';

export interface DiscoverOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly timeoutMs: number;
  /** Goes on until `signal` aborts. */
  readonly watch?: boolean;
  /** The discovery ends immediately when it returns true: the caller has its device. */
  readonly isSettled?: () => boolean;
  readonly network?: Network;
}

/**
 * Finds devices on every interface, IPv4 and IPv6, reporting each as soon as it can be reached. Ends early when at least
 * one was found and nothing new comes; finding none takes the whole timeout. Resolves to the interfaces searched.
 * Throws OsError `network-unavailable` when none could be, and the signal's reason when aborted.
 */
export async function discover(
  options: DiscoverOptions,
  report: (event: DiscoveryEvent) => void,
): Promise<{ readonly interfaces: string[] }> {
  const {
    clock = systemClock,
    isSettled,
    network = systemNetwork,
    signal,
    timeoutMs,
    watch = false,
  } = options;
  const views = new Map<string, LinkView>();
  let known = new Map<string, FoundDevice>();
  let lastNewMs = clock.nowMs();
  let settledRevision = 0;
  const settle = (nowMs: number): void => {
    const revision = [...views.values()].reduce((sum, view) => sum + view.revision, 0);
    if (revision === settledRevision) return;
    settledRevision = revision;
    const devices = [...views.values()].flatMap(view => view.devices());
    const events = planEvents(known, devices);
    known = new Map(devices.map(device => [device.key, device]));
    if (events.some(({ type }) => type === 'found')) lastNewMs = nowMs;
    events.forEach(report);
  };
  const viewOf = (link: Link): LinkView => {
    const view = views.get(link.interface) ?? new LinkView(link, () => network.readOwnAddresses());
    views.set(link.interface, view);
    return view;
  };
  const silentMs = watch ? liveness.silentMs : Infinity;
  const suspectMs = watch ? liveness.suspectMs : Infinity;
  const openCount = (): number => [...views.values()].flatMap(view => view.openQuestions()).length;

  const interfaces = await search(
    { signal, clock, timeoutMs, isWatching: watch, network },
    {
      standing: [{ labels: deviceType, type: 'PTR' }],
      onRecords(link, records, source, nowMs) {
        viewOf(link).absorb(records, source, nowMs);
        settle(nowMs);
      },
      onFailure: report,
      openQuestions: (name, nowMs) => views.get(name)?.openQuestions(nowMs, suspectMs) ?? [],
      isDone(nowMs, elapsedMs) {
        for (const view of views.values()) view.expire(nowMs, silentMs);
        settle(nowMs);
        if (isSettled?.() === true) return true;
        if (watch) return false;
        return isQuiet({
          elapsedMs,
          sinceNewMs: nowMs - lastNewMs,
          deviceCount: known.size,
          openCount: openCount(),
        });
      },
    },
  );
  return { interfaces };
}
