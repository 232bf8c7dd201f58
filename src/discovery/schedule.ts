import type { ChannelMode } from './channel.ts';

/**
 * When a question is asked, in ms since the start; a search that finds something ends long before the last. Dense enough that a device behind a link that loses two packets of
 * five in both directions is still found; three interfaces' worth of such packets is a few kilobytes.
 */
const askTimesMs = {
  unicast: [0, 80, 180, 320, 500, 700, 900, 1100, 1300, 1500, 1700, 1900, 2100, 2300, 2500, 2700],
  multicast: [0, 150, 400, 700, 1200, 2200],
} as const;
/** After that, while a search goes on. */
const repeatMs = { unicast: 1500, multicast: 3000 } as const;
/** And when it watches: often enough to notice within half a minute that a device is gone. */
const watchRepeatMs = { unicast: 10_000, multicast: 10_000 } as const;

/** The next time after `lastMs` at which to ask; both in ms since the start. */
export function nextAskMs(mode: ChannelMode, lastMs: number, isWatching: boolean): number {
  const next = askTimesMs[mode].find(timeMs => timeMs > lastMs);
  return next ?? lastMs + (isWatching ? watchRepeatMs : repeatMs)[mode];
}

/** A question that came up on the way (a host's address, a silent device) is repeated at these distances. */
const followUpMs = [0, 80, 150, 250, 400, 600] as const;

/** How long to wait after the `count`-th time (from 0) it was asked. */
export const followUpPauseMs = (count: number): number => followUpMs[count + 1] ?? 800;

/** A watched device not heard of for `suspectMs` is asked for by name; after `silentMs` it is gone. */
export const liveness = { suspectMs: 14_000, silentMs: 30_000 } as const;

/** Ends early: nothing is searched for less than `leastMs`, nor ends before `quietMs` without a new device. */
const quiet = { leastMs: 850, quietMs: 500 } as const;

/** Whether nothing more is to be expected. Finding nothing is trustworthy only after the whole timeout. */
export function isQuiet(of: {
  elapsedMs: number;
  sinceNewMs: number;
  deviceCount: number;
  openCount: number;
}): boolean {
  return (
    of.deviceCount > 0 &&
    of.openCount === 0 &&
    of.elapsedMs >= quiet.leastMs &&
    of.sinceNewMs >= quiet.quietMs
  );
}
