import path from 'node:path';
import { readFileIfPresent } from '../../state/atomic-file.ts';
import type { Problems } from '../problem.ts';
import { joinRules, parseIgnoreRules, type IgnoreRules } from './ignore-rules.ts';

export interface IgnoreFile {
  /** The file that holds the rules; undefined when there is none. */
  readonly file: string | undefined;
  readonly rules: IgnoreRules;
}

/** Left out unless a `!` line asks for it: it is large, changes with every commit, and images have no use for it. */
const before = parseIgnoreRules('**/.git');
/** Never sent, whatever the rules say: build secrets lie here. */
const after = parseIgnoreRules('.balena\n.resin');

/**
 * The rules of one build: `<Dockerfile>.dockerignore` beside the Dockerfile if it is there, else `.dockerignore` at the
 * root of the context. Rules of other directories, the project's own among them, do not apply.
 */
export async function readIgnoreFile(
  contextDirectory: string,
  dockerfile: string | undefined,
  problems: Problems,
): Promise<IgnoreFile> {
  const candidates = [
    ...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]),
    path.join(contextDirectory, '.dockerignore'),
  ];
  for (const file of candidates) {
    const text = await readFileIfPresent(file);
    if (text === undefined) continue;
    const own = parseIgnoreRules(text, ({ line, message }) =>
      problems.add({ file, line, column: 1 }, '', message),
    );
    return { file, rules: joinRules(before, own, after) };
  }
  return { file: undefined, rules: joinRules(before, after) };
}
