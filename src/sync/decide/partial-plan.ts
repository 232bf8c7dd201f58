/** Splits plans whose large files are left for a later pass, as smaller edits come first. */
import type { Change } from '../transport/change.ts';
import type { Decision } from './decision.ts';
import type { BatchPlan } from './plan-batch.ts';

/** Returns the names that are synced by one of `changes`. */
export const namesOf = (changes: readonly Change[], decisions: readonly Decision[]): Set<string> => {
  const sources = new Set(changes.flatMap(it => (it.do === 'write' ? [it.name] : [])));
  return new Set(
    decisions.flatMap(it =>
      it.do === 'sync' && it.targets.some(({ source }) => source !== undefined && sources.has(source))
        ? [it.name]
        : [],
    ),
  );
};

/** Returns what is reported of a plan without the names that are left for later. */
export const without = (plan: BatchPlan, left: ReadonlySet<string>): BatchPlan =>
  left.size === 0
    ? plan
    : {
        ...plan,
        changes: plan.changes.filter(it => it.do !== 'write' || !left.has(it.name)),
        differing: new Set([...plan.differing].filter(name => !left.has(name))),
      };
