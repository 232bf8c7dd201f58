/** Differences between the releases that the stand-in speaks for; each was seen in a run (12.10.10, 14.11.1, 19.0.5). */

export const releases = { 12: '12.10.10', 14: '14.11.1', 19: '19.0.5' } as const;
export type Major = keyof typeof releases;
export const majors = [12, 14, 19] as const satisfies readonly Major[];

export interface Habits {
  readonly version: string;
  /** A body that is no JSON object of a state, or an app without a decimal key: refused, instead of emptying the device or dying. */
  readonly checksBodies: boolean;
  /** `force` has no effect while an apply waits for an update lock. */
  readonly ignoresForceWhileWaiting: boolean;
  /** A service that stop-service stopped is started by the next target. */
  readonly restartsStopped: boolean;
  /** `appUuid`, `updateStatus` and `image` in /v2/applications/state, and times of the supervisor's own lines. */
  readonly tellsMore: boolean;
  /** The first lines of a service come twice in /v2/local/logs. */
  readonly repeatsFirstLines: boolean;
  readonly pollIntervalMs: number;
}

export function habitsOf(major: Major): Habits {
  return {
    version: releases[major],
    checksBodies: major === 12,
    ignoresForceWhileWaiting: major === 19,
    restartsStopped: major === 12,
    tellsMore: major === 19,
    repeatsFirstLines: major !== 19,
    pollIntervalMs: major === 12 ? 60_000 : 900_000,
  };
}
