import type { LiveEvent } from '../../sync/events.ts';

type Synced = LiveEvent & { readonly type: 'synced' };

/** More syncs of the same files in this time are no person's work. */
const manySyncs = 15;
const withinMs = 10_000;

/**
 * Returns a function that decides if a sync is printed: `never` if the same files change all the time (a log in the
 * context), `last` for the first sync after which that is known.
 */
export function busySyncs(): (event: Synced, nowMs: number) => 'always' | 'last' | 'never' {
  const recent = new Map<string, number[]>();
  const busy = new Set<string>();
  return ({ service, names }, nowMs) => {
    const key = JSON.stringify([service, ...names]);
    for (const [it, times] of recent) if (nowMs - (times.at(-1) ?? 0) >= withinMs) recent.delete(it);
    const times = [...(recent.get(key) ?? []).filter(it => nowMs - it < withinMs), nowMs];
    recent.set(key, times.slice(-manySyncs));
    if (times.length < manySyncs) {
      busy.delete(key);
      return 'always';
    }
    if (busy.has(key)) return 'never';
    busy.add(key);
    return 'last';
  };
}
