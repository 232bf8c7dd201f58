/** What of this machine is looked at for services: the context of their build, and what `develop.watch` names besides. */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { joinRules, parseIgnoreRules, type IgnoreRules } from '../../project/context/ignore-rules.ts';
import type { WatchRule } from '../../project/service.ts';
import type { TreeRules } from '../tree/host-tree.ts';
import { isOutside, nameIn, restOf } from '../tree/names.ts';

export interface Places {
  /** Looked at with all that is below them and not ignored; `''` for the directory itself. */
  readonly names: readonly string[];
  readonly rules: TreeRules;
}

export interface PlacesOptions {
  /** Absolute. */
  readonly directory: string;
  /** Of the context that it is; undefined where it is none, and nothing is looked at but what is named. */
  readonly context: IgnoreRules | undefined;
  readonly watch: readonly WatchRule[];
}

interface Named {
  readonly file: string;
  readonly rules: IgnoreRules;
}

/** As in a context. */
const always = parseIgnoreRules('**/.git');

/** What is no directory is looked at from the one that holds it, as editors replace files. */
const directoryOf = (file: string): string =>
  lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === true ? file : path.dirname(file);

export function findPlaces({ directory, context, watch }: PlacesOptions): Places {
  const isInside = (file: string): boolean => restOf(directory, file) !== undefined;
  const named = watch
    .filter(rule => context === undefined || !isInside(rule.path))
    .map(rule => ({ file: rule.path, rules: joinRules(always, parseIgnoreRules(rule.ignore.join('\n'))) }));
  if (context !== undefined && named.length === 0) return { names: [''], rules: context };
  const tops = new Set(named.map(({ file }) => directoryOf(file)));
  // What holds the directory is looked at without it, as names in it are relative.
  if (context !== undefined || [...tops].some(top => restOf(top, directory) !== undefined))
    tops.add(directory);
  const isCovered = (top: string): boolean =>
    [...tops].some(it => it !== top && restOf(it, top) !== undefined && isInside(it) === isInside(top));
  return {
    names: [...tops].filter(top => !isCovered(top)).map(top => nameIn(directory, top)),
    rules: joinNamed(directory, context, named),
  };
}

/** Inside of the context its own rules count, outside those of what is named. */
function joinNamed(directory: string, context: IgnoreRules | undefined, named: readonly Named[]): TreeRules {
  const rulesOf = (name: string): IgnoreRules | undefined => (isOutside(name) ? undefined : context);
  const isWanted = ({ file, rules }: Named, at: string): boolean => {
    const rest = restOf(file, at);
    return rest === '' || (rest !== undefined && !rules.isIgnored(rest));
  };
  const mayHold = ({ file, rules }: Named, at: string): boolean => {
    const rest = restOf(file, at);
    return rest === undefined ? restOf(at, file) !== undefined : rules.mayHoldExceptions(rest);
  };
  const isAny = (name: string, test: (it: Named, at: string) => boolean): boolean => {
    const at = path.resolve(directory, name);
    return named.some(it => test(it, at));
  };
  return {
    isIgnored: name => rulesOf(name)?.isIgnored(name) ?? !isAny(name, isWanted),
    mayHoldExceptions: name => rulesOf(name)?.mayHoldExceptions(name) ?? isAny(name, mayHold),
  };
}
