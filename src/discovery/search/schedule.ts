import type { ChannelMode } from '../wire/channel.ts';

/**
 * Times at which a question is sent, in ms since the start; a search that finds something ends long before the last.
 * Dense enough that a device behind a link that loses two packets of five in both directions is still found; the
 * packets on three interfaces are a few kilobytes.
 */
const sendTimesMs = {
  unicast: [0, 80, 180, 320, 500, 700, 900, 1100, 1300, 1500, 1700, 1900, 2100, 2300, 2500, 2700],
  multicast: [0, 150, 400, 700, 1200, 2200],
} as const;
/** Interval after that, while a search runs. */
const repeatMs = { unicast: 1500, multicast: 3000 } as const;
/** Interval of a watch: short enough to notice within half a minute that a device is gone. */
const watchRepeatMs = { unicast: 10_000, multicast: 10_000 } as const;

/** The next time after `lastMs` at which to ask; both in ms since the start. */
export function nextSendMs(mode: ChannelMode, lastMs: number, isWatching: boolean): number {
  const next = sendTimesMs[mode].find(timeMs => timeMs > lastMs);
  return next ?? lastMs + (isWatching ? watchRepeatMs : repeatMs)[mode];
}

/** Intervals at which a follow-up question (a host's address, a silent device) is repeated. */
const followUpMs = [0, 80, 150, 250, 400, 600] as const;

/** Milliseconds to wait after a question was sent for the `count`-th time (from 0). */
export const followUpPauseMs = (count: number): number => followUpMs[count + 1] ?? 800;

/** A watched device that has been silent for `suspectMs` is queried by name; after `silentMs` it counts as gone. */
export const liveness = { suspectMs: 14_000, silentMs: 30_000 } as const;

/** Ends early: nothing is searched for less than `leastMs`, nor ends before `quietMs` without a new device. */
const quiet = { leastMs: 850, quietMs: 500 } as const;

/** True if no more answers are to be expected. An empty result is trustworthy only after the whole timeout. */
export function isQuiet(of: {
  readonly elapsedMs: number;
  readonly sinceNewMs: number;
  readonly deviceCount: number;
  readonly openCount: number;
}): boolean {
  return (
    of.deviceCount > 0 &&
    of.openCount === 0 &&
    of.elapsedMs >= quiet.leastMs &&
    of.sinceNewMs >= quiet.quietMs
  );
}
