/** Sends the dirty names of a plan to a container, and notes what has come of each. */
import type { Engine } from '../../engine/engine.ts';
import type { Container } from '../container/container.ts';
import { findCovered } from '../container/find-covered.ts';
import type { ServiceRules } from '../decide/decide.ts';
import { namesOf, without } from '../decide/partial-plan.ts';
import type { BatchPlan } from '../decide/plan-batch.ts';
import { LinkInTheWay, SyncRefusal } from '../transport/transport.ts';
import type { Node } from '../tree/node.ts';
import type { Ledger } from './ledger.ts';
import type { ServiceReporter } from './service-reporter.ts';

export interface ApplyBatchOptions {
  readonly engine: Engine;
  readonly project: string;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly rules: ServiceRules;
  readonly ledger: Ledger;
  readonly reporter: ServiceReporter;
  /** Called before a rule syncs names that it has not synced yet, so that they are known if this never returns. */
  readonly onNewNames: () => void;
  readonly signal: AbortSignal;
}

export type Applied =
  | { readonly is: 'complete' }
  /** An edit came meanwhile: what is left stays dirty. */
  | { readonly is: 'incomplete' }
  | { readonly is: 'link-in-the-way' | 'refused'; readonly message: string };

/** Throws OsError where the device can't be asked, or the signal's reason; all names are dirty again then. */
export async function applyBatch(
  container: Container,
  plan: BatchPlan,
  options: ApplyBatchOptions,
): Promise<Applied> {
  const { ledger, nodes, rules, reporter, signal } = options;
  // A name that asks for a build during a safety stop still asks for it when that is over.
  const decided = new Set(plan.decisions.flatMap(it => (it.do === 'rebuild' ? [] : [it.name])));
  const names = [...ledger.dirty.keys()].filter(name => decided.has(name) && !plan.withheld.has(name));
  if (names.length === 0) return { is: 'complete' };
  const taken = new Set(names);
  if (
    ledger.noteSyncing(
      plan.decisions.filter(({ name }) => taken.has(name)),
      nodes,
    )
  )
    options.onNewNames();
  const sending = ledger.send(names);
  const { stale, newer } = sending;
  let left: ReadonlySet<string>;
  try {
    left = await send(container, plan, { ...options, yields: newer, stale });
  } catch (error) {
    sending.putBack();
    // Some of it may be there, and is not found to differ again.
    if (!(error instanceof SyncRefusal)) container.effects.note(plan, rules);
    signal.throwIfAborted();
    if (stale.aborted) return { is: 'incomplete' };
    if (!(error instanceof SyncRefusal)) throw error;
    return { is: error instanceof LinkInTheWay ? 'link-in-the-way' : 'refused', message: error.message };
  }
  sending.settle(left);
  container.linksMet = 0;
  const done = plan.decisions.filter(({ name }) => !plan.withheld.has(name) && !left.has(name));
  ledger.noteSynced(done, nodes);
  // A difference that only a comparison found restarts nothing that has ended, nor what would lose it by that.
  if (ledger.takeNewEdits()) container.effects.note(plan, rules);
  else if (container.isUp) container.effects.note(withoutLoss(plan, container), rules);
  if (plan.changes.length > 0) reporter.synced(without(plan, left), sending.sinceMs);
  return { is: left.size > 0 ? 'incomplete' : 'complete' };
}

interface SendOptions extends ApplyBatchOptions {
  readonly yields: AbortSignal;
  readonly stale: AbortSignal;
}

/** Returns the names whose large files are left. Throws SyncRefusal if the container can't take the plan. */
async function send(
  container: Container,
  plan: BatchPlan,
  { engine, project, yields, stale, signal }: SendOptions,
): Promise<ReadonlySet<string>> {
  const { imageId } = container;
  const covered = await findCovered(engine, { imageId, project }, plan.uncovered, signal);
  if (covered !== undefined) throw new SyncRefusal(covered);
  if (plan.changes.length === 0) return new Set();
  const left = await container.apply(plan, { yields, signal: AbortSignal.any([signal, stale]) });
  return namesOf(left, plan.decisions);
}

/** Returns the effects of a plan, without a restart that would lose all of what it syncs. */
function withoutLoss(plan: BatchPlan, container: Container): Pick<BatchPlan, 'replays' | 'restart'> {
  const paths = [...plan.outcome.keys()];
  const isLost = paths.length > 0 && paths.every(path => container.isTemporary(path));
  return isLost ? { ...plan, restart: undefined } : plan;
}
