/** `develop.watch` of a compose file: which rule a path falls under, and where it puts it. */
import path from 'node:path';
import { parseIgnoreRules } from '../../project/context/ignore-rules.ts';
import type { WatchRule } from '../../project/service.ts';
import { restOf } from '../tree/names.ts';
import type { Node } from '../tree/node.ts';
import type { Replay } from './copy-step.ts';

const within = (rule: WatchRule, contextDirectory: string, name: string): string | undefined =>
  restOf(rule.path, path.resolve(contextDirectory, name));

/** The first rule that `name` falls under. */
export function findRule(
  rules: readonly WatchRule[],
  contextDirectory: string,
  name: string,
): WatchRule | undefined {
  return rules.find(rule => {
    const relative = within(rule, contextDirectory, name);
    if (relative === undefined) return false;
    if (relative === '') return true;
    if (parseIgnoreRules(rule.ignore.join('\n')).isIgnored(relative)) return false;
    return rule.include.length === 0 || parseIgnoreRules(rule.include.join('\n')).isIgnored(relative);
  });
}

/** In the container, where what the rule names itself goes. */
export const rootOfRule = ({ target = '' }: WatchRule): string =>
  path.posix.join('/', target).replace(/(?<=.)\/$/, '');

/** A file that is the rule's path becomes its target, or goes into it where that ends in a slash. */
export function targetByRule(
  rule: WatchRule,
  contextDirectory: string,
  { name, kind }: { name: string; kind: Node['kind'] },
): string {
  const isInto = rule.target?.endsWith('/') === true && kind !== 'directory';
  const rest = within(rule, contextDirectory, name) ?? '';
  return path.posix.join(rootOfRule(rule), rest === '' && isInto ? path.basename(rule.path) : rest);
}

/** What a rule runs when what it synced has changed. */
export const replaysOf = ({ exec }: WatchRule): Replay[] =>
  exec === undefined ? [] : [{ ...exec, text: `exec ${exec.command.join(' ')}`, isPartOfImage: false }];
