/** From what changed in a context to what is to be done to one container. Pure. */
import { isSameNode, type Node } from '../tree/node.ts';
import { inOrder, type Change } from '../transport/change.ts';
import type { Found } from '../transport/transport.ts';
import type { Replay } from './copy-step.ts';
import { CopiedTree } from './copied-tree.ts';
import { decide, type Context, type ServiceRules } from './decide.ts';
import type { Decision, Target } from './decision.ts';
import { rootOfRule } from './watch-rules.ts';

export interface BatchPlan {
  readonly decisions: readonly Decision[];
  /** Names of the context whose targets are not yet what they are. */
  readonly differing: ReadonlySet<string>;
  /** In the order in which they are to be done. */
  readonly changes: readonly Change[];
  /** What is in the container when they are done. */
  readonly outcome: ReadonlyMap<string, Node | 'nothing'>;
  /** The first cause to build the service anew, to start it again. */
  readonly rebuild: string | undefined;
  readonly restart: string | undefined;
  /** To be run in the container when the changes are there, in this order. */
  readonly replays: readonly Replay[];
  /** Why nothing is to be done before a person has looked. */
  readonly pause: string | undefined;
}

export interface BatchInput {
  /** Names that may differ → what they were, for names that are gone. */
  readonly dirty: ReadonlyMap<string, Node | undefined>;
  readonly nodes: ReadonlyMap<string, Node>;
  /** What the container has, as far as it is known. */
  readonly applied: ReadonlyMap<string, Found>;
}

/** Fewer files than this may all go at once. */
const fewFiles = 10;

const isFile = (found: Found | undefined): boolean => typeof found === 'object' && found.kind === 'file';

export function planBatch(rules: ServiceRules, { dirty, nodes, applied }: BatchInput): BatchPlan {
  const context: Context = {
    has: name => nodes.has(name),
    copied: new CopiedTree(rules.recipe.steps, nodes),
    copiedElsewhere: new CopiedTree(rules.recipe.otherSteps, nodes),
  };
  const decisions: Decision[] = [];
  const changes: Change[] = [];
  const outcome = new Map<string, Node | 'nothing'>();
  const differing = new Set<string>();
  const replays = new Map<string, Replay>();
  let restart: string | undefined;
  for (const name of [...dirty.keys()].sort()) {
    const decision = decide(rules, context, name, (nodes.get(name) ?? dirty.get(name))?.kind ?? 'file');
    decisions.push(decision);
    if (decision.do === 'restart') restart ??= `${name} ${decision.why}`;
    if (decision.do !== 'sync') continue;
    for (const target of decision.targets) {
      const steps = stepsAt(target, nodes, applied);
      if (steps.length === 0) continue;
      changes.push(...steps);
      outcome.set(target.path, nodes.get(target.source ?? '') ?? 'nothing');
      differing.add(name);
    }
    if (!differing.has(name)) continue;
    for (const replay of decision.replays) replays.set(JSON.stringify(replay), replay);
    if (decision.effect === 'restart') restart ??= `${name} changed`;
  }
  const rebuilt = decisions.find(it => it.do === 'rebuild');
  return {
    ...{ decisions, differing, outcome, restart },
    replays: inTurn([...replays.values()], rules),
    changes: inOrder(counted(withoutNested(changes), applied)),
    rebuild: rebuilt && `${rebuilt.name} ${rebuilt.why}`,
    pause: findPause(rules, outcome, applied),
  };
}

/** As the Dockerfile has them, and then those of rules. */
export function inTurn(replays: readonly Replay[], { recipe }: Pick<ServiceRules, 'recipe'>): Replay[] {
  const order = recipe.steps.flatMap(step => step.replays);
  const turnOf = (it: Replay): number => (order.includes(it) ? order.lastIndexOf(it) : order.length);
  return replays.toSorted((a, b) => turnOf(a) - turnOf(b));
}

/** What brings `target` to what its source is. */
function stepsAt(
  { path, owner, source }: Target,
  nodes: BatchInput['nodes'],
  applied: BatchInput['applied'],
): Change[] {
  // The whole context is at the root of what is copied, and a directory.
  if (source === '') return [];
  const found = applied.get(path) ?? 'nothing';
  const node = source === undefined ? undefined : nodes.get(source);
  if (source !== undefined && node !== undefined) return stepsTo(node, source, { path, owner }, found);
  return found === 'nothing' ? [] : [{ do: 'remove', path, holds: 1 }];
}

/** What turns `found` into `node`. */
function stepsTo(
  node: Node,
  name: string,
  { path, owner }: Pick<Target, 'path' | 'owner'>,
  found: Found,
): Change[] {
  if (typeof found === 'object' && isSameNode(node, found)) return [];
  const isOtherKind = found !== 'nothing' && (found === 'other' || found.kind !== node.kind);
  const before: Change[] = isOtherKind ? [{ do: 'remove', path, holds: 1 }] : [];
  switch (node.kind) {
    case 'directory':
      return [...before, { do: 'make-directory', path, owner }];
    case 'symlink':
      return [...before, { do: 'link', path, owner, target: node.target }];
    case 'file': {
      const { isExecutable, sha256 } = node;
      if (typeof found === 'object' && found.kind === 'file' && found.sha256 === sha256)
        return [{ do: 'mode', path, isExecutable }];
      const write: Change = { do: 'write', path, owner, name, isExecutable };
      const wasExecutable = typeof found === 'object' && found.kind === 'file' && found.isExecutable;
      // A file that is written in place keeps its mode.
      return [...before, write, ...(wasExecutable && !isExecutable ? [modeOf(path)] : [])];
    }
  }
}

const modeOf = (path: string): Change => ({ do: 'mode', path, isExecutable: false });

/** Whatever goes goes with all that is below it. */
function withoutNested(changes: readonly Change[]): Change[] {
  const removed = new Set(changes.flatMap(it => (it.do === 'remove' ? [it.path] : [])));
  const isNested = (path: string): boolean => {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      if (removed.has(path.slice(0, at))) return true;
    return false;
  };
  return changes.filter(it => it.do !== 'remove' || !isNested(it.path));
}

/** Removals with what is known to be there: what a container has besides is not of the sources' making. */
function counted(changes: readonly Change[], applied: BatchInput['applied']): Change[] {
  if (!changes.some(it => it.do === 'remove')) return [...changes];
  const counts = new Map<string, number>();
  for (const [path, found] of applied)
    for (let at = found === 'nothing' ? '' : path; at !== ''; at = at.slice(0, at.lastIndexOf('/')))
      counts.set(at, (counts.get(at) ?? 0) + 1);
  return changes.map(it => (it.do === 'remove' ? { ...it, holds: counts.get(it.path) ?? 1 } : it));
}

function findPause(
  { recipe, watch }: ServiceRules,
  outcome: BatchPlan['outcome'],
  applied: BatchInput['applied'],
): string | undefined {
  const gone = [...outcome].flatMap(([path, node]) => (node === 'nothing' ? [path] : []));
  if (gone.length === 0) return undefined;
  const root = recipe.steps.find(
    ({ destination, isIntoDirectory }) =>
      gone.includes(destination) &&
      (isIntoDirectory || (applied.get(destination) as Node | undefined)?.kind === 'directory'),
  );
  if (root !== undefined) return `all of ${root.text} is gone`;
  const isGoneDirectory = (at: string): boolean =>
    gone.includes(at) && (applied.get(at) as Partial<Node> | undefined)?.kind === 'directory';
  const place = watch.find(rule => rule.target !== undefined && isGoneDirectory(rootOfRule(rule)));
  if (place !== undefined) return `all of ${place.path} is gone`;
  const tracked = [...applied.values()].filter(isFile).length;
  // What was moved is not gone.
  const isNew = ([path, node]: [string, Found]): boolean => isFile(node) && !isFile(applied.get(path));
  const goneFiles = gone.filter(path => isFile(applied.get(path))).length - [...outcome].filter(isNew).length;
  if (goneFiles < fewFiles || goneFiles * 2 <= tracked) return undefined;
  return `${goneFiles.toString()} of ${tracked.toString()} files are gone at once`;
}
