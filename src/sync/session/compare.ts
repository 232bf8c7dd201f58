/** What a container has, as far as its sources can tell; and what of it may have to be changed. */
import type { ServiceRules } from '../decide/decide.ts';
import type { Decision } from '../decide/decision.ts';
import { planBatch } from '../decide/plan-batch.ts';
import type { Changed } from '../tree/known-tree.ts';
import type { Node } from '../tree/node.ts';
import type { ContainerLink } from './container-link.ts';

export interface Compared {
  readonly rules: ServiceRules;
  readonly nodes: ReadonlyMap<string, Node>;
  /** Names that may differ → what they were. */
  readonly dirty: Changed;
  readonly link: ContainerLink;
}

type Sync = Decision & { readonly do: 'sync' };

const pathsOf = (decisions: readonly Sync[]): string[] =>
  decisions.flatMap(it => it.targets.map(({ path }) => path));

/** Decisions about `dirty` as if nothing of it were in the container. */
function syncsOf({ rules, nodes }: Compared, dirty: Changed): Sync[] {
  const { decisions } = planBatch(rules, { dirty, nodes, applied: new Map() });
  return decisions.filter(it => it.do === 'sync');
}

/** Asks the container for all that the sources have; returns what is to be done where that differs. */
export async function compareAll(asked: Compared, signal: AbortSignal): Promise<readonly Sync[]> {
  const { nodes, dirty, link } = asked;
  const names: Changed = new Map([...nodes].map(([name]) => [name, undefined]));
  for (const [name, before] of dirty) names.set(name, before);
  const syncs = syncsOf(asked, names);
  await link.compare(pathsOf(syncs), signal);
  return syncs;
}

/** What is gone from the sources may be in the container, although it was gone before the two were compared. */
export async function lookForGone(asked: Compared, signal: AbortSignal): Promise<void> {
  const { nodes, dirty, link } = asked;
  const gone: Changed = new Map([...dirty].filter(([name]) => !nodes.has(name)));
  const paths = pathsOf(syncsOf(asked, gone));
  await link.look(
    paths.filter(path => !link.known.has(path)),
    signal,
  );
}
