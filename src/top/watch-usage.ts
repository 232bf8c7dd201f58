import type { Mutable } from '../core/mutable.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { ContainerStats } from '../engine/objects.ts';
import { hostUsage, parseHostSample, type HostSample } from './host-usage.ts';
import { containerUsage, noUsage, type ContainerUsage } from './service-usage.ts';
import type { HostUsage, UsageEvent } from './usage.ts';

/** A container of a service, as it is listed. */
export interface ListedService {
  readonly project: string;
  readonly service: string;
  readonly container: string;
  readonly id: string;
  readonly state: string;
}

export interface UsageSources {
  readonly listServices: (signal: AbortSignal) => Promise<readonly ListedService[]>;
  readonly watchStats: (id: string, signal: AbortSignal) => AsyncIterable<ContainerStats>;
  /** Samples of the host's /proc, one a second. Throws where the host is not reached. */
  readonly watchHost: (signal: AbortSignal) => AsyncIterable<string>;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

export interface WatchUsageOptions {
  readonly signal: AbortSignal;
  readonly report: (event: UsageEvent) => void;
  /** Called once where the host is not reached, or no more. */
  readonly onHostGone: (reason: string) => void;
  /** True: ends after one event in which every running service has two samples. */
  readonly isOnce: boolean;
}

const intervalMs = 1000;
/** An engine that says nothing for so long is not waited for by `isOnce`. */
const patienceMs = 8000;
const pollMs = 50;

/** The last two samples of one container or of the host. */
type Tracker<Usage> = Mutable<{
  readonly usage: Usage | undefined;
  /** True once rates are known, or never will be. */
  readonly isSettled: boolean;
  readonly stop: AbortController;
}>;

/** Follows what is used, and reports it once a second until `signal` aborts. Throws what `listServices` throws. */
export async function watchUsage(sources: UsageSources, options: WatchUsageOptions): Promise<void> {
  const { signal, report, isOnce, onHostGone } = options;
  const { clock } = sources;
  const trackers = new Map<string, Tracker<ContainerUsage>>();
  /** Work under way, which is awaited at the end. */
  const following = new Set<Promise<void>>();

  const track = <Sample, Usage>(
    open: (within: AbortSignal) => AsyncIterable<Sample>,
    toUsage: (before: Sample | undefined, after: Sample) => Usage,
    onEnd: (error: unknown) => void,
  ): Tracker<Usage> => {
    const stop = new AbortController();
    const follow = async (): Promise<void> => {
      let before: Sample | undefined;
      let failure: unknown;
      try {
        for await (const sample of open(AbortSignal.any([signal, stop.signal]))) {
          tracker.usage = toUsage(before, sample);
          tracker.isSettled = before !== undefined;
          before = sample;
        }
      } catch (error) {
        failure = error;
      }
      tracker.isSettled = true;
      tracker.usage = undefined;
      if (!signal.aborted && !stop.signal.aborted) onEnd(failure);
    };
    const tracker: Tracker<Usage> = { usage: undefined, isSettled: false, stop };
    const done = follow().finally(() => following.delete(done));
    following.add(done);
    return tracker;
  };

  async function* hostSamples(within: AbortSignal): AsyncGenerator<HostSample> {
    for await (const text of sources.watchHost(within)) {
      const sample = parseHostSample(text);
      if (sample !== undefined) yield sample;
    }
  }
  const host: Tracker<HostUsage> = track(hostSamples, hostUsage, error =>
    onHostGone(error === undefined ? 'it prints nothing more' : messageOf(error)),
  );

  const list = async (): Promise<readonly ListedService[]> => {
    const services = await sources.listServices(signal);
    const running = new Set(services.filter(it => it.state === 'running').map(it => it.id));
    for (const id of running)
      if (!trackers.has(id))
        // A stream that ends, as with its container, is opened again where the list still has it.
        trackers.set(
          id,
          track(
            within => sources.watchStats(id, within),
            containerUsage,
            () => trackers.delete(id),
          ),
        );
    for (const [id, tracker] of trackers)
      if (!running.has(id)) {
        tracker.stop.abort();
        trackers.delete(id);
      }
    return services;
  };

  const snapshot = (services: readonly ListedService[]): UsageEvent => ({
    type: 'usage',
    time: new Date(sources.wallMs()).toISOString(),
    host: host.usage ?? null,
    services: services.map(({ project, service, container, id, state }) => ({
      project,
      service,
      container,
      state,
      ...(trackers.get(id)?.usage ?? noUsage),
    })),
  });

  try {
    let services = await list();
    if (isOnce) {
      const isSettled = (): boolean => host.isSettled && [...trackers.values()].every(it => it.isSettled);
      for (let waitedMs = 0; !isSettled() && waitedMs < patienceMs; waitedMs += pollMs)
        await clock.sleep(pollMs, signal);
      report(snapshot(services));
      return;
    }
    for (;;) {
      report(snapshot(services));
      await clock.sleep(intervalMs, signal);
      services = await list();
    }
  } finally {
    host.stop.abort();
    for (const { stop } of trackers.values()) stop.abort();
    await Promise.all(following);
  }
}
