/**
 * Maps a context as it is now through the steps of a recipe, both ways: where a name goes, and which name is at a path.
 * The law: the last step that puts something at a path wins, as in a build.
 */
import path from 'node:path';
import { isOutside } from '../tree/names.ts';
import type { Node } from '../tree/node.ts';
import { compileCopyPattern, isPattern } from './copy-pattern.ts';
import { below, targetOf, type CopyStep } from './copy-step.ts';

export type Nodes = ReadonlyMap<string, Node>;

export interface Taken {
  readonly step: CopyStep;
  /** In the container. */
  readonly path: string;
  /** True if it is what the source itself names, rather than something in it. */
  readonly isSource: boolean;
}

/** A name that a step's source stands for, and where that really is: COPY follows links that its source names. */
interface Head {
  readonly name: string;
  readonly real: string;
}

interface View {
  readonly step: CopyStep;
  readonly pattern: RegExp | undefined;
  readonly directories: readonly Head[];
  /** Target → name. */
  readonly files: ReadonlyMap<string, string>;
  /** Heads that are reached through links. */
  readonly linked: readonly Head[];
}

export class CopiedTree {
  readonly #nodes: Nodes;
  readonly #views: readonly View[];

  constructor(steps: readonly CopyStep[], nodes: Nodes) {
    this.#nodes = nodes;
    this.#views = steps.map(step => viewOf(step, nodes));
  }

  /** Returns where `name`, which is or was there, goes; in the order of the steps. */
  find(name: string, kind: Node['kind']): Taken[] {
    const isDirectory = kind === 'directory';
    return this.#views.flatMap(({ step, pattern, linked }): Taken[] => {
      const { source } = step;
      const own =
        pattern === undefined ? source : name.split('/').slice(0, source.split('/').length).join('/');
      const isOwn = pattern === undefined || pattern.test(own);
      const heads: Head[] = [...(isOwn ? [{ name: own, real: own }] : []), ...linked];
      return heads.flatMap(head => {
        const rest = below(head.real, name);
        if (rest === undefined) return [];
        return { step, path: targetOf(step, head.name, { rest, isDirectory }), isSource: rest === '' };
      });
    });
  }

  /** Returns a step that finds its source through `name`, which is or was a link. */
  through(name: string): CopyStep | undefined {
    return this.#views.find(({ step: { source }, pattern }) =>
      pattern === undefined ? below(name, source) !== undefined : pattern.test(name),
    )?.step;
  }

  /** Returns a step whose destination is reached through `target`, which is or was a link. */
  goingThrough(target: string): CopyStep | undefined {
    return this.#views.find(({ step }) => below(target, step.writtenDestination) !== undefined)?.step;
  }

  /** True if a link of the context is at `target` or on the way to it. */
  isBehindLink(target: string): boolean {
    return [...ancestors(target), target].some(at => {
      const name = this.nameAt(at);
      return name !== undefined && this.#nodes.get(name)?.kind === 'symlink';
    });
  }

  /** Returns the name whose content a build puts at `target`; `''` for the whole context. */
  nameAt(target: string): string | undefined {
    for (const view of this.#views.toReversed()) {
      const name = this.#nameIn(view, target);
      if (name !== undefined) return name;
      // A file takes the place of a directory with all that is in it.
      if (ancestors(target).some(it => this.#isFile(this.#nameIn(view, it)))) return undefined;
    }
    return undefined;
  }

  /** True if a build copies something to a path below `target`. */
  holdsBelow(target: string): boolean {
    const isBelow = (at: string): boolean => at !== target && below(target, at) !== undefined;
    return this.#views.some(
      ({ step, directories, files }) =>
        (directories.length > 0 && isBelow(step.destination)) || [...files.keys()].some(isBelow),
    );
  }

  /** True if the context has a source of `step`. */
  hasSourceOf(step: CopyStep): boolean {
    return this.#views.some(it => it.step === step && it.directories.length + it.files.size > 0);
  }

  #nameIn({ step, directories, files }: View, target: string): string | undefined {
    const file = files.get(target);
    const rest = below(step.destination, target);
    if (file !== undefined || rest === undefined) return file;
    return directories
      .map(({ real }) => (rest === '' || real === '' ? real + rest : `${real}/${rest}`))
      .findLast(name => name === '' || this.#nodes.has(name));
  }

  #isFile(name: string | undefined): boolean {
    return name !== undefined && name !== '' && this.#nodes.get(name)?.kind !== 'directory';
  }
}

const ancestors = (target: string): string[] =>
  target.split('/').flatMap((_, i, parts) => (i < 2 ? [] : [parts.slice(0, i).join('/')]));

function viewOf(step: CopyStep, nodes: Nodes): View {
  const pattern = isPattern(step.source) ? compileCopyPattern(step.source) : undefined;
  const names =
    pattern === undefined
      ? [step.source]
      : [...nodes.keys()].filter(it => pattern.test(it) && !isOutside(it)).sort();
  const heads = names.map(name => ({ name, real: followLinks(nodes, name) }));
  const isDirectory = ({ real }: Head): boolean => real === '' || nodes.get(real)?.kind === 'directory';
  const files = heads.filter(it => nodes.has(it.real) && !isDirectory(it));
  return {
    step,
    pattern,
    directories: heads.filter(isDirectory),
    files: new Map(
      files.map(({ name, real }) => [targetOf(step, name, { rest: '', isDirectory: false }), real]),
    ),
    linked: heads.filter(({ name, real }) => name !== real),
  };
}

/** A longer chain of links is a loop. */
const mostLinks = 40;

/** Returns where `name` leads, as for the builder: the target of a link is a path within the context. */
function followLinks(nodes: Nodes, name: string): string {
  let [done, rest] = ['', name];
  for (let links = 0; rest !== '' && links < mostLinks;) {
    const [first = '', ...others] = rest.split('/');
    const at = done === '' ? first : `${done}/${first}`;
    const node = nodes.get(at);
    rest = others.join('/');
    if (node?.kind !== 'symlink') done = at;
    else {
      links++;
      rest = path.posix.join(path.posix.resolve('/', done, node.target), rest).slice(1);
      done = '';
    }
  }
  return done;
}
