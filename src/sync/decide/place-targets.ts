/** Finds where targets of decisions really are in a container, and which changes make each equal its source. Pure. */
import { isSameNode, type Node } from '../tree/node.ts';
import type { Change, OwnerChange } from '../transport/change.ts';
import type { Found } from '../transport/transport.ts';
import type { Decision, Target } from './decision.ts';
import { changeMode } from '../recipe/file-mode.ts';
import { RealPaths } from './real-paths.ts';
import type { SafetyStop } from './safety-stop.ts';

/** A name was a node before, nothing (undefined), or `unknown` if it changed while no session was there. */
export type Former = Node | 'unknown' | undefined;

export interface BatchInput {
  /** Names that may differ → what they were. */
  readonly dirty: ReadonlyMap<string, Former>;
  /** Dirty names that were a link at some time since they differ: the container may have got that link. */
  readonly formerLinks?: ReadonlySet<string>;
  readonly nodes: ReadonlyMap<string, Node>;
  /** Real path → what the container has there, as far as it is known. */
  readonly applied: ReadonlyMap<string, Found>;
  /** Links of the container on the way to targets: path → what the link says. */
  readonly links?: ReadonlyMap<string, string>;
  /** `uid:gid` of the user that the container runs as; undefined: root. */
  readonly user?: string | undefined;
  /** True for names that were edited in this session. */
  readonly isEdited?: (name: string) => boolean;
  /** The safety stop that was on before. */
  readonly stop?: SafetyStop | undefined;
}

const isLink = (it: Former | Found): boolean => typeof it === 'object' && it.kind === 'symlink';

interface Placing extends BatchInput {
  readonly paths: RealPaths;
}

export interface Placed {
  readonly name: string;
  readonly target: Target;
  /** The path of the target, links followed. */
  readonly at: string;
  readonly steps: readonly Change[];
  /** The cause to rebuild, if the container alone does not tell what the sources mean. */
  readonly conflict?: string;
}

/** Returns the real paths where the sources have a link, or had one. */
function ownLinks(
  decisions: readonly Decision[],
  { dirty, formerLinks, nodes, links = new Map() }: BatchInput,
): Set<string> {
  const written = decisions.flatMap(it =>
    it.do === 'sync'
      ? it.targets.flatMap(({ path, source }) =>
          isLink(dirty.get(it.name)) || formerLinks?.has(it.name) === true || isLink(nodes.get(source ?? ''))
            ? [path]
            : [],
        )
      : [],
  );
  const own = new Set<string>();
  // A link below another one is found through that one.
  const paths = new RealPaths(links, own);
  for (const at of written.sort((a, b) => a.length - b.length))
    own.add(paths.find(at, { followsLast: false }));
  return own;
}

/** Returns every target of `decisions`, with the changes that it needs. */
export function placeTargets(decisions: readonly Decision[], input: BatchInput): Placed[] {
  const paths = new RealPaths(input.links ?? new Map(), ownLinks(decisions, input));
  return decisions.flatMap(it =>
    it.do === 'sync' ? it.targets.map(target => placeTarget(it.name, target, { ...input, paths })) : [],
  );
}

function placeTarget(
  name: string,
  target: Target,
  { dirty, formerLinks, nodes, applied, paths, user, isEdited = () => true }: Placing,
): Placed {
  const former = dirty.get(name);
  const own = target.source === undefined ? undefined : nodes.get(target.source);
  const { node, ...attributes } = withAttributes(own, target);
  const at = paths.find(target.path, { followsLast: node?.kind === 'directory' });
  // Whatever was read through a link of the sources is somewhere else: in its place comes a directory.
  const found = paths.isBehindOwnLink(at) ? 'nothing' : (applied.get(at) ?? 'nothing');
  const isForeignLink = paths.isForeignLink(target.path) || (isLink(found) && !paths.isOwn(at));
  const owner = target.copiesAfter === undefined ? user : target.owner;
  const placed = { name, target, at };
  // The whole context is a directory that the copy makes itself.
  if (target.source === '') return { ...placed, steps: [] };
  if (node === undefined || target.source === undefined)
    return {
      ...placed,
      steps:
        !isForeignLink && (isSynced(found, former) || (isLink(found) && formerLinks?.has(name) === true))
          ? removalOf(at, found)
          : [],
    };
  // A link that was found and not edited was made by the service.
  if (isForeignLink && node.kind !== 'directory' && former === undefined && !isEdited(name))
    return { ...placed, steps: [] };
  if (isForeignLink && node.kind === 'directory' && former === 'unknown')
    return {
      ...placed,
      steps: [],
      conflict: `${name} is a directory, and ${target.path} a link in the container`,
    };
  return { ...placed, steps: stepsTo(node, target.source, { path: at, owner, ...attributes }, found) };
}

/** True if `found` may be what a name was synced as. Anything else was put there by the service. */
function isSynced(found: Found, former: Former): boolean {
  if (typeof found !== 'object') return false;
  if (typeof former !== 'object') return true;
  if (former.kind === found.kind) return true;
  // If a name went while no session was there, it is only known whether it was a directory.
  return former.kind === 'file' && former.sha256 === '' && found.kind === 'symlink';
}

interface Attributes {
  readonly mode?: number;
  readonly ownerChanges?: readonly OwnerChange[];
}

/** Returns a node that is synced to `target` as later commands of the Dockerfile change it. */
function withAttributes(
  node: Node | undefined,
  { repeats }: Target,
): Attributes & { readonly node: Node | undefined } {
  if (node === undefined || repeats.length === 0) return { node };
  const ownerChanges = repeats.flatMap(({ program, value }) =>
    program === 'chown' || program === 'chgrp' ? [{ program, value }] : [],
  );
  const owners = ownerChanges.length === 0 ? {} : { ownerChanges };
  const modes = repeats.filter(({ program }) => program === 'chmod');
  if (node.kind === 'symlink' || modes.length === 0) return { node, ...owners };
  const isDirectory = node.kind === 'directory';
  const first = isDirectory || node.isExecutable ? 0o755 : 0o644;
  const mode = modes.reduce((before, { value }) => changeMode(before, value, { isDirectory }), first);
  if (isDirectory) return { node, mode, ...owners };
  return { node: { ...node, isExecutable: (mode & 0o111) !== 0 }, mode, ...owners };
}

/** Returns the node that a target has in the container when it is in sync. */
export const nodeAt = (target: Target, nodes: ReadonlyMap<string, Node>): Node | undefined =>
  withAttributes(nodes.get(target.source ?? ''), target).node;

/** Returns the changes that turn `found` into `node`. */
function stepsTo(
  node: Node,
  name: string,
  placed: Attributes & Pick<Target, 'path' | 'owner'>,
  found: Found,
): Change[] {
  if (typeof found === 'object' && isSameNode(node, found)) return [];
  const { path, mode } = placed;
  const isOtherKind = found !== 'nothing' && (found === 'other' || found.kind !== node.kind);
  const before = isOtherKind ? removalOf(path, found) : [];
  switch (node.kind) {
    case 'directory':
      return [...before, { do: 'make-directory', ...placed }];
    case 'symlink':
      return [...before, { do: 'link', ...placed, target: node.target }];
    case 'file': {
      const { isExecutable, sha256 } = node;
      if (typeof found === 'object' && found.kind === 'file' && found.sha256 === sha256)
        return [{ do: 'mode', path, isExecutable, mode }];
      const write: Change = { do: 'write', ...placed, name, isExecutable };
      const wasExecutable = typeof found === 'object' && found.kind === 'file' && found.isExecutable;
      // A file that is written in place keeps its mode.
      return [
        ...before,
        write,
        ...(wasExecutable && !isExecutable ? [{ do: 'mode' as const, path, isExecutable, mode }] : []),
      ];
    }
  }
}

/** A device or a socket comes from no source, and stays. */
const removalOf = (path: string, found: Found): Change[] =>
  typeof found === 'object' ? [{ do: 'remove', path, kind: found.kind, below: [] }] : [];
