/** Finds the places to watch for services: the context of their build, and the places outside that `develop.watch` names. */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { joinRules, parseIgnoreRules, type IgnoreRules } from '../../project/context/ignore/ignore-rules.ts';
import type { WatchRule } from '../../project/service.ts';
import type { TreeRules } from '../tree/host-tree.ts';
import { isOutside, nameIn, restOf } from '../tree/names.ts';

export interface WatchRoots {
  /** Watched with everything below that is not ignored; `''` for the directory itself. */
  readonly names: readonly string[];
  readonly rules: TreeRules;
}

export interface WatchRootsOptions {
  /** Absolute. */
  readonly directory: string;
  /** Rules of the context; undefined if the directory is no context, and then only the named places are watched. */
  readonly context: IgnoreRules | undefined;
  readonly watch: readonly WatchRule[];
}

interface Named {
  readonly file: string;
  readonly rules: IgnoreRules;
}

/** The same files are ignored in every context. */
const always = parseIgnoreRules('**/.git');

/** A file is watched through the directory that holds it, because editors replace files. */
const directoryOf = (file: string): string =>
  lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === true ? file : path.dirname(file);

export function findWatchRoots({ directory, context, watch }: WatchRootsOptions): WatchRoots {
  const isInside = (file: string): boolean => restOf(directory, file) !== undefined;
  const named = watch
    .filter(rule => context === undefined || !isInside(rule.path))
    .map(rule => ({ file: rule.path, rules: joinRules(always, parseIgnoreRules(rule.ignore.join('\n'))) }));
  if (context !== undefined && named.length === 0) return { names: [''], rules: context };
  const tops = new Set(named.map(({ file }) => directoryOf(file)));
  // A place that holds the directory is watched without it, because names in it are relative.
  if (context !== undefined || [...tops].some(top => restOf(top, directory) !== undefined))
    tops.add(directory);
  const isCovered = (top: string): boolean =>
    [...tops].some(it => it !== top && restOf(it, top) !== undefined && isInside(it) === isInside(top));
  return {
    names: [...tops].filter(top => !isCovered(top)).map(top => nameIn(directory, top)),
    rules: joinNamed(directory, context, named),
  };
}

/** Applies the rules of the context to names inside of it, and those of the named places to names outside. */
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
