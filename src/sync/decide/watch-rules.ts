/** Finds the rules of `develop.watch` that match a path, and where each puts it. */
import path from 'node:path';
import { parseIgnoreRules } from '../../project/context/ignore/ignore-rules.ts';
import type { WatchRule } from '../../project/service.ts';
import { restOf } from '../tree/names.ts';
import type { Node } from '../tree/node.ts';
import type { Replay } from '../recipe/copy-step.ts';

const within = (rule: WatchRule, contextDirectory: string, name: string): string | undefined =>
  restOf(rule.path, path.resolve(contextDirectory, name));

const ignores = (rule: WatchRule, relative: string): boolean =>
  relative !== '' && parseIgnoreRules(rule.ignore.join('\n')).isIgnored(relative);

/** True if `name` is below the path of a rule whose `ignore` matches it. */
export const isIgnoredByRule = (
  rules: readonly WatchRule[],
  contextDirectory: string,
  name: string,
): boolean =>
  rules.some(rule => {
    const relative = within(rule, contextDirectory, name);
    return relative !== undefined && ignores(rule, relative);
  });

/** Every rule that matches `name` acts, as in compose. */
export function findRules(
  rules: readonly WatchRule[],
  contextDirectory: string,
  name: string,
): readonly WatchRule[] {
  return rules.filter(rule => {
    const relative = within(rule, contextDirectory, name);
    if (relative === undefined) return false;
    if (relative === '') return true;
    if (ignores(rule, relative)) return false;
    return rule.include.length === 0 || parseIgnoreRules(rule.include.join('\n')).isIgnored(relative);
  });
}

/** Returns the place in the container of the rule's path itself. */
export const rootOfRule = ({ target = '' }: WatchRule): string =>
  path.posix.join('/', target).replace(/(?<=.)\/$/, '');

/** A file that is the rule's path becomes its target, or goes into it if the target ends in a slash. */
export function targetByRule(
  rule: WatchRule,
  contextDirectory: string,
  { name, kind }: { readonly name: string; readonly kind: Node['kind'] },
): string {
  const isInto = rule.target?.endsWith('/') === true && kind !== 'directory';
  const rest = within(rule, contextDirectory, name) ?? '';
  return path.posix.join(rootOfRule(rule), rest === '' && isInto ? path.basename(rule.path) : rest);
}

/** Returns every path in the container to which the rules sync one of `nodes`. */
export function placesByRules(
  rules: readonly WatchRule[],
  contextDirectory: string,
  nodes: ReadonlyMap<string, Node>,
): ReadonlySet<string> {
  const syncing = rules.filter(({ action }) => action.startsWith('sync'));
  if (syncing.length === 0) return new Set();
  return new Set(
    [...nodes].flatMap(([name, { kind }]) =>
      findRules(syncing, contextDirectory, name).map(rule =>
        targetByRule(rule, contextDirectory, { name, kind }),
      ),
    ),
  );
}

/** Returns the command that a rule runs after it has synced. */
export const replaysOf = ({ exec }: WatchRule): Replay[] =>
  exec === undefined ? [] : [{ ...exec, text: `exec ${exec.command.join(' ')}`, isPartOfImage: false }];
