import type { Mutable } from '../../core/mutable.ts';
import type { PushEvent } from '../../release/apply/events.ts';
import { formatDuration } from '../../core/units.ts';

type HeldStep = Mutable<{
  readonly event: PushEvent & { readonly type: 'build-step' };
  readonly sinceMs: number;
  readonly isCached: boolean;
  readonly isPrinted: boolean;
}>;

/** A step that takes less is shown without its duration. */
const shortMs = 100;
const longMs = 1000;

export interface StepHolder {
  /** Returns the events to print after `event`; `event` itself may be held. */
  next(event: PushEvent, nowMs: number): PushEvent[];
  /** The steps still held, once no event will follow. */
  end(): PushEvent[];
}

/**
 * Holds back events that a terminal shows in its bottom lines anyway: a pull is printed at its end; a build step at its
 * end, with its outcome, or as soon as it prints something.
 */
export function holdSteps(): StepHolder {
  const steps = new Map<string, HeldStep>();

  const release = (service: string, nowMs: number): PushEvent[] => {
    const held = steps.get(service);
    steps.delete(service);
    if (held === undefined) return [];
    const { event, sinceMs, isCached, isPrinted } = held;
    const tookMs = nowMs - sinceMs;
    const took = formatDuration(tookMs);
    if (isPrinted) {
      return tookMs < longMs ? [] : [{ type: 'build-output', service, text: `took ${took}` }];
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
      steps.set(service, { event, sinceMs: nowMs, isCached: false, isPrinted: false });
      return before;
    }
    if (type === 'built' || type === 'build-failed') return [...release(service, nowMs), event];
    const held = steps.get(service);
    if (held === undefined) return [event];
    if (type === 'build-cached') held.isCached = true;
    if (type !== 'build-output' || held.isPrinted) return [event];
    held.isPrinted = true;
    return [held.event, event];
  };
  return {
    next,
    end: () => [...steps.values()].flatMap(({ event, isPrinted }) => (isPrinted ? [] : [event])),
  };
}
