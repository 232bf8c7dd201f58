/** Asks a container what it has at the places that its sources go to. */
import type { Container } from '../container/container.ts';
import type { TargetPath } from '../container/known-files.ts';
import type { ServiceRules } from '../decide/decide.ts';
import type { Decision } from '../decide/decision.ts';
import { placeTargets, type BatchInput, type Former } from '../decide/place-targets.ts';
import { decideAll } from '../decide/plan-batch.ts';
import type { Node } from '../tree/node.ts';
import type { Ledger } from './ledger.ts';

/** A pass decides from the sources, what is known of their names, and a container. */
export interface Compared {
  readonly rules: ServiceRules;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly ledger: Ledger;
  readonly container: Container;
}

export const inputOf = ({ nodes, ledger, container }: Compared): BatchInput => ({
  nodes,
  dirty: ledger.dirty,
  formerLinks: ledger.formerLinks,
  isEdited: name => ledger.isEdited(name),
  applied: container.files.known,
  links: container.files.links,
  user: container.user,
});

/** Returns the paths of which the links on the way have to be known. */
function targetsOf(
  decisions: readonly Decision[],
  { nodes, dirty }: Pick<BatchInput, 'nodes' | 'dirty'>,
): TargetPath[] {
  return decisions.flatMap(it =>
    it.do === 'sync'
      ? it.targets.map(({ path, source }) => {
          const now = nodes.get(source ?? '') ?? dirty.get(it.name);
          return { path, isDirectory: typeof now === 'object' && now.kind === 'directory' };
        })
      : [],
  );
}

const pathsOf = (decisions: readonly Decision[], input: BatchInput): string[] =>
  placeTargets(decisions, input).map(({ at }) => at);

/** Asks the container for all that the sources have. Returns what is decided about each name. */
export async function compareAll(compared: Compared, signal: AbortSignal): Promise<readonly Decision[]> {
  const { rules, nodes, ledger, container } = compared;
  const dirty = new Map<string, Former>([...nodes.keys()].map(name => [name, undefined]));
  for (const [name, former] of ledger.dirty) dirty.set(name, former);
  const decisions = decideAll(rules, { ...inputOf(compared), dirty });
  await container.follow(targetsOf(decisions, { nodes, dirty }), signal);
  await container.compare(pathsOf(decisions, { ...inputOf(compared), dirty }), signal);
  return decisions;
}

export interface Decided {
  readonly decisions: readonly Decision[];
  /** False if a name has come, gone or become another kind meanwhile: it is left out, and needs another pass. */
  readonly isComplete: boolean;
}

/**
 * Decides about every dirty name, and asks the container for what a plan has to know of them. Returns undefined if it
 * turns out that the container has to be compared again.
 */
export async function decideDirty(compared: Compared, signal: AbortSignal): Promise<Decided | undefined> {
  const { rules, nodes, ledger, container } = compared;
  const { revision } = ledger;
  const input = inputOf(compared);
  const asked = decideAll(rules, input);
  const kinds = new Map(asked.flatMap(namesIn).map(name => [name, nodes.get(name)?.kind]));
  await container.follow(targetsOf(asked, input), signal);
  await readRemoved(asked, compared, signal);
  if (!container.files.isCompared) return undefined;
  // The ledger decides too. If nothing was noted there meanwhile, the decisions are the same.
  const all = ledger.revision === revision ? asked : decideAll(rules, inputOf(compared));
  const isAsAsked = (name: string): boolean => kinds.has(name) && kinds.get(name) === nodes.get(name)?.kind;
  const decisions = all.filter(it => namesIn(it).every(isAsAsked));
  return { decisions, isComplete: decisions.length === all.length };
}

/** Returns the name that a decision is about, and those whose content goes to its targets. */
const namesIn = (it: Decision): string[] => [
  it.name,
  ...(it.do === 'sync' ? it.targets.flatMap(({ source }) => source ?? []) : []),
];

/** A file that is gone from the sources may be in the container, although it went before the two were compared. */
async function readRemoved(
  decisions: readonly Decision[],
  compared: Compared,
  signal: AbortSignal,
): Promise<void> {
  const { nodes, container } = compared;
  const gone = decisions.filter(({ name }) => !nodes.has(name));
  if (gone.length === 0) return;
  const { known } = container.files;
  const paths = pathsOf(gone, inputOf(compared)).filter(path => !known.has(path));
  await container.read(paths, signal);
}
