/** `develop.watch` of a compose file: which rule a path falls under, and where it puts it. */
import path from 'node:path';
import { parseIgnoreRules } from '../../project/context/ignore-rules.ts';
import type { WatchRule } from '../../project/service.ts';
import type { Replay } from './copy-step.ts';

const within = (rule: WatchRule, contextDirectory: string, name: string): string | undefined => {
  const relative = path.relative(rule.path, path.join(contextDirectory, name));
  if (relative.startsWith('..') || path.isAbsolute(relative)) return undefined;
  return relative.replaceAll(path.sep, '/');
};

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

export function targetByRule(rule: WatchRule, contextDirectory: string, name: string): string {
  const relative = within(rule, contextDirectory, name) ?? '';
  return path.posix.join('/', rule.target ?? '', relative);
}

/** What a rule runs when what it synced has changed. */
export const replaysOf = ({ exec }: WatchRule): Replay[] =>
  exec === undefined ? [] : [{ ...exec, text: `exec ${exec.command.join(' ')}`, isPartOfImage: false }];
