import type { Clock } from '../../core/clock.ts';
import type { FlashEvent } from './flash-events.ts';

type Phase = Extract<FlashEvent, { readonly type: 'flash-progress' }>['phase'];

const intervalMs = 250;
/** Window of the speed's average: a card's own cache makes the first seconds too fast. */
const windowMs = 4000;

/** Reports progress four times a second at most, with the speed of the last seconds and the remaining time. */
export function createProgress(
  drive: string,
  clock: Clock,
  report: (event: FlashEvent) => void,
): (phase: Phase, doneBytes: number, share: number) => void {
  let samples: { readonly atMs: number; readonly doneBytes: number; readonly share: number }[] = [];
  let phase: Phase | undefined;
  let lastMs = -Infinity;
  return (now, doneBytes, share) => {
    const atMs = clock.nowMs();
    if (now !== phase) {
      phase = now;
      samples = [];
      lastMs = -Infinity;
    }
    if (atMs - lastMs < intervalMs && share < 1) return;
    lastMs = atMs;
    samples = [...samples.filter(sample => atMs - sample.atMs <= windowMs), { atMs, doneBytes, share }];
    const [first] = samples;
    const elapsedMs = first === undefined ? 0 : atMs - first.atMs;
    const gained = first === undefined ? 0 : share - first.share;
    report({
      type: 'flash-progress',
      drive,
      phase: now,
      doneBytes: Math.round(doneBytes),
      share,
      bytesPerSecond:
        first === undefined || elapsedMs === 0
          ? undefined
          : Math.round(((doneBytes - first.doneBytes) / elapsedMs) * 1000),
      remainingMs: gained <= 0 ? undefined : Math.round(((1 - share) / gained) * elapsedMs),
    });
  };
}
