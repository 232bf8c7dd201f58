/** Plans what is done to one container about the names of a context that changed. Pure. */
import type { Node } from '../tree/node.ts';
import { inOrder, type Change, type KnownBelow } from '../transport/change.ts';
import type { Found } from '../transport/transport.ts';
import type { Replay } from '../recipe/copy-step.ts';
import { CopiedTree } from '../recipe/copied-tree.ts';
import { decide, type Context, type ServiceRules } from './decide.ts';
import type { Decision } from './decision.ts';
import { nodeAt, placeTargets, type BatchInput, type Former, type Placed } from './place-targets.ts';
import { directoriesOf } from './real-paths.ts';
import { isHolding, nextStop, type SafetyStop } from './safety-stop.ts';
import { placesByRules, rootOfRule } from './watch-rules.ts';

export interface BatchPlan {
  readonly decisions: readonly Decision[];
  /** Names whose targets in the container differ from the sources. */
  readonly differing: ReadonlySet<string>;
  /** Differing names that are not synced, as a safety stop holds and something would have to be removed for them. */
  readonly withheld: ReadonlySet<string>;
  /** In the order in which they are applied. */
  readonly changes: readonly Change[];
  /** Path → what the container has once the changes are applied. */
  readonly outcome: ReadonlyMap<string, Node | 'nothing'>;
  /** The first cause to rebuild the service, and to restart it. Nothing is rebuilt while a safety stop holds. */
  readonly rebuild: string | undefined;
  readonly restart: string | undefined;
  /** Programs to run in the container after the changes, in this order. */
  readonly replays: readonly Replay[];
  /** Removals of files that a COPY or ADD put there: whatever these covered comes to light. */
  readonly uncovered: readonly Uncovered[];
  /** The safety stop that the plan obeys: the one of the input, unless it has ended or begins now. */
  readonly stop: SafetyStop | undefined;
}

export interface Uncovered {
  readonly name: string;
  /** In the container. */
  readonly path: string;
  /** See `CopyStep`. */
  readonly copiesAfter: number | 'unknown';
}

/** Fewer files than this may all go at once. */
const fewFiles = 10;

const isFile = (found: Found | undefined): boolean => typeof found === 'object' && found.kind === 'file';

/** Decides about every name of `dirty`. */
export function decideAll(
  rules: ServiceRules,
  { dirty, nodes, isEdited = () => true }: Pick<BatchInput, 'dirty' | 'nodes' | 'isEdited'>,
): readonly Decision[] {
  const context: Context = {
    has: name => nodes.has(name),
    copied: new CopiedTree(rules.recipe.steps, nodes),
    copiedElsewhere: new CopiedTree(rules.recipe.otherSteps, nodes),
  };
  return [...dirty.keys()].sort().map(name => {
    const decided = decide(rules, context, name, kindOf(nodes.get(name) ?? dirty.get(name)));
    return decided.do === 'sync' && !isEdited(name) ? withoutWaiting(decided) : decided;
  });
}

export function planBatch(
  rules: ServiceRules,
  input: BatchInput,
  decisions: readonly Decision[] = decideAll(rules, input),
): BatchPlan {
  const { applied, nodes } = input;
  const copied = new CopiedTree(rules.recipe.steps, nodes);
  let ruled: ReadonlySet<string> | undefined;
  // Read on the first call: only the removal of a directory needs it.
  const isProvided = (at: string): boolean => {
    ruled ??= placesByRules(rules.watch, rules.contextDirectory, nodes);
    return copied.nameAt(at) !== undefined || copied.holdsBelow(at) || ruled.has(at);
  };
  const placed = placeTargets(decisions, input).map(it => keepShared(it, isProvided));
  const differing = placed.filter(({ steps }) => steps.length > 0);
  const stop = nextStop(input.stop, {
    cause: findStop(rules, outcomeOf(differing, [], input, isProvided), applied, isProvided),
    gone: differing.flatMap(({ name }) => (nodes.has(name) ? [] : [name])),
    isBack: name => nodes.has(name),
  });
  const withheld = isHolding(stop) ? findWithheld(differing) : new Set<string>();
  const done = differing.filter(({ name }) => !withheld.has(name));
  const names = new Set(done.map(({ name }) => name));
  const acting = decisions.filter(it => it.do === 'restart' || (it.do === 'sync' && names.has(it.name)));
  const restarting = acting.find(it => it.do === 'restart' || (it.do === 'sync' && it.effect === 'restart'));
  const replays = new Map(
    acting.flatMap(it => (it.do === 'sync' ? it.replays : [])).map(it => [JSON.stringify(it), it]),
  );
  const changes = inOrder(withBelow(withoutNested(done.flatMap(({ steps }) => steps)), applied, isProvided));
  return {
    decisions,
    differing: new Set(differing.map(({ name }) => name)),
    withheld,
    changes,
    outcome: outcomeOf(done, changes, input, isProvided),
    rebuild: isHolding(stop)
      ? undefined
      : (findRebuild(decisions) ?? placed.find(it => it.conflict !== undefined)?.conflict),
    restart: restarting && `${restarting.name} ${restarting.do === 'restart' ? restarting.why : 'changed'}`,
    replays: inTurn([...replays.values()], rules),
    uncovered: done.flatMap(({ name, at, target: { source, copiesAfter } }) =>
      source === undefined && copiesAfter !== undefined ? [{ name, path: at, copiesAfter }] : [],
    ),
    stop: stop && { ...stop, came: new Set([...stop.came, ...findNew(done, input)]) },
  };
}

/** Returns the names that the container does not have yet. */
const findNew = (placed: readonly Placed[], { nodes, applied }: BatchInput): readonly string[] =>
  placed.flatMap(({ name, at }) =>
    nodes.has(name) && (applied.get(at) ?? 'nothing') === 'nothing' ? [name] : [],
  );

/** Returns the first cause to rebuild the service among `decisions`. */
export function findRebuild(decisions: readonly Decision[]): string | undefined {
  const rebuilt = decisions.find(it => it.do === 'rebuild');
  return rebuilt && `${rebuilt.name} ${rebuilt.why}`;
}

const kindOf = (former: Former): Node['kind'] => (typeof former === 'object' ? former.kind : 'file');

/** A rule with `initial_sync: false` leaves what differs to the next edit. */
function withoutWaiting(decision: Decision & { readonly do: 'sync' }): Decision {
  const targets = decision.targets.filter(it => !it.waitsForEdit);
  if (targets.length === decision.targets.length) return decision;
  if (targets.length > 0) return { ...decision, targets };
  return { name: decision.name, do: 'nothing', why: 'waits for an edit, as initial_sync is false' };
}

/** Returns the names for which something would have to be removed, and those with a place below that. */
function findWithheld(placed: readonly Placed[]): ReadonlySet<string> {
  const removed = placed.flatMap(({ steps }) => steps.flatMap(it => (it.do === 'remove' ? [it.path] : [])));
  const places = new Set(removed);
  const isAtOrBelow = (at: string): boolean =>
    directoriesOf(at, { withItself: true }).some(it => places.has(it));
  return new Set(placed.flatMap(({ name, at }) => (isAtOrBelow(at) ? [name] : [])));
}

/** Returns what the container has afterwards. A removed directory takes along all that is known below it and not provided by others. */
function outcomeOf(
  placed: readonly Placed[],
  changes: readonly Change[],
  { nodes, applied }: BatchInput,
  isProvided: (at: string) => boolean,
): Map<string, Node | 'nothing'> {
  const outcome = new Map<string, Node | 'nothing'>();
  const removed = new Set(
    changes.flatMap(it => (it.do === 'remove' && it.kind === 'directory' ? [it.path] : [])),
  );
  if (removed.size > 0)
    for (const [path, found] of applied)
      if (
        found !== 'nothing' &&
        directoriesOf(path, { withItself: false }).some(it => removed.has(it)) &&
        !isProvided(path)
      )
        outcome.set(path, 'nothing');
  for (const { at, target } of placed) outcome.set(at, nodeAt(target, nodes) ?? 'nothing');
  return outcome;
}

/** Returns programs in the order of the Dockerfile, followed by those of rules. */
export function inTurn(replays: readonly Replay[], { recipe }: Pick<ServiceRules, 'recipe'>): Replay[] {
  const order = recipe.steps.flatMap(step => step.replays);
  const turnOf = (it: Replay): number => (order.includes(it) ? order.lastIndexOf(it) : order.length);
  return replays.toSorted((a, b) => turnOf(a) - turnOf(b));
}

/** Keeps a directory that a rule of develop.watch would remove although other sources go into it. */
function keepShared(placed: Placed, isProvided: (at: string) => boolean): Placed {
  const { target, steps, at } = placed;
  const isRemoved = steps.some(it => it.do === 'remove' && it.kind === 'directory');
  const isRuled = target.copiesAfter === undefined;
  return isRuled && target.source === undefined && isRemoved && isProvided(at)
    ? { ...placed, steps: [] }
    : placed;
}

/** Leaves out removals below another removal, which takes them along. */
function withoutNested(changes: readonly Change[]): Change[] {
  const removed = new Set(changes.flatMap(it => (it.do === 'remove' ? [it.path] : [])));
  const isNested = (path: string): boolean => {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      if (removed.has(path.slice(0, at))) return true;
    return false;
  };
  return changes.filter(it => it.do !== 'remove' || !isNested(it.path));
}

/** Adds to removals what is known below them and not provided by others. Anything else there does not come from the sources, or stays. */
function withBelow(
  changes: readonly Change[],
  applied: BatchInput['applied'],
  isProvided: (at: string) => boolean,
): Change[] {
  const below = new Map<string, KnownBelow[]>();
  for (const change of changes) if (change.do === 'remove') below.set(change.path, []);
  if (below.size === 0) return [...changes];
  for (const [path, found] of applied)
    if (typeof found === 'object' && !isProvided(path))
      for (const directory of directoriesOf(path, { withItself: false }))
        below.get(directory)?.push({ path, kind: found.kind });
  return changes.map(it => (it.do === 'remove' ? { ...it, below: below.get(it.path) ?? [] } : it));
}

/** Returns the cause to begin a safety stop. */
function findStop(
  { recipe, watch }: ServiceRules,
  outcome: BatchPlan['outcome'],
  applied: BatchInput['applied'],
  isProvided: (at: string) => boolean,
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
    gone.includes(at) &&
    (applied.get(at) as Partial<Node> | undefined)?.kind === 'directory' &&
    !isProvided(at);
  const place = watch.find(rule => rule.target !== undefined && isGoneDirectory(rootOfRule(rule)));
  if (place !== undefined) return `all of ${place.path} is gone`;
  const tracked = [...applied.values()].filter(isFile).length;
  // A file that was moved is not gone.
  const isNew = ([path, node]: [string, Found]): boolean => isFile(node) && !isFile(applied.get(path));
  const goneFiles = gone.filter(path => isFile(applied.get(path))).length - [...outcome].filter(isNew).length;
  if (goneFiles < fewFiles || goneFiles * 2 <= tracked) return undefined;
  return `${goneFiles.toString()} of ${tracked.toString()} files are gone at once`;
}
