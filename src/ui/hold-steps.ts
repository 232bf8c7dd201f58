import type { PushEvent } from '../release/events.ts';
import { formatDuration } from '../core/units.ts';

interface HeldStep {
  readonly event: PushEvent & { readonly type: 'build-step' };
  readonly sinceMs: number;
  isCached: boolean;
  isTold: boolean;
}

/** What takes no longer is told without its time. */
const shortMs = 100;
const longMs = 1000;

export interface StepHolder {
  /** What to tell of `event`, and of those before it. */
  next(event: PushEvent, nowMs: number): PushEvent[];
  /** The steps that nothing was told of, where there is nothing to come. */
  end(): PushEvent[];
}

/**
 * For whoever sees elsewhere what is under way: a pull is told when it is over; a step is told when it is over, with what became of it, or when it
 * prints something.
 */
export function holdSteps(): StepHolder {
  const steps = new Map<string, HeldStep>();

  const release = (service: string, nowMs: number): PushEvent[] => {
    const held = steps.get(service);
    steps.delete(service);
    if (held === undefined) return [];
    const { event, sinceMs, isCached, isTold } = held;
    const tookMs = nowMs - sinceMs;
    const took = formatDuration(tookMs);
    if (isTold) {
      const text = `step ${event.step.toString()}/${event.of.toString()} took ${took}`;
      return tookMs < longMs ? [] : [{ type: 'build-output', service, text }];
    }
    const end = isCached ? ['cached'] : tookMs < shortMs ? [] : [took];
    const cause = [...(event.cause === undefined ? [] : [event.cause]), ...end].join('; ');
    return [cause === '' ? event : { ...event, cause }];
  };

  const next: StepHolder['next'] = (event, nowMs) => {
    if (event.type === 'pulling') return [];
    if (!('service' in event)) return [event];
    const { type, service } = event;
    if (type === 'build-step') {
      const before = release(service, nowMs);
      steps.set(service, { event, sinceMs: nowMs, isCached: false, isTold: false });
      return before;
    }
    if (type === 'built' || type === 'build-failed') return [...release(service, nowMs), event];
    const held = steps.get(service);
    if (held === undefined) return [event];
    if (type === 'build-cached') held.isCached = true;
    if (type !== 'build-output' || held.isTold) return [event];
    held.isTold = true;
    return [held.event, event];
  };
  return { next, end: () => [...steps.values()].flatMap(({ event, isTold }) => (isTold ? [] : [event])) };
}
