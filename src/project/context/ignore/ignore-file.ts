import path from 'node:path';
import { problemOfEncoding } from '../../../state/utf8-text.ts';
import { isNamedPipe } from '../../../state/named-pipe.ts';
import type { Problems } from '../../problem.ts';
import { isMissing, readText } from '../../variables/read-text.ts';
import { joinRules, parseIgnoreRules, type IgnoreRules } from './ignore-rules.ts';

export interface IgnoreFile {
  /** The file with the rules; undefined when there is none. */
  readonly file: string | undefined;
  readonly rules: IgnoreRules;
}

/** Excluded unless a `!` line includes it: it is large, changes with every commit, and images do not need it. */
const beforeText = '**/.git';
/** Never sent, whatever the rules: build secrets are in these. */
const afterText = '.balena\n.resin';
const before = parseIgnoreRules(beforeText);
const after = parseIgnoreRules(afterText);

/** The text of an ignore file with all rules that apply, for a builder that reads the directory by itself. */
export const withOurRules = (own: string): string =>
  `${beforeText}\n${own.replace(/^\ufeff/, '')}\n${afterText}\n`;

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
    if (await isMissing(file)) continue;
    if (await isNamedPipe(file)) {
      problems.add({ file, line: 1, column: 1 }, '', 'it is a pipe, which is not read');
      continue;
    }
    const text = await readText(file, { file, line: 1, column: 1 }, '', problems, problemOfEncoding);
    if (text === undefined) continue;
    const own = parseIgnoreRules(text, ({ line, message }) =>
      problems.add({ file, line, column: 1 }, '', message),
    );
    return { file, rules: joinRules(before, own, after) };
  }
  return { file: undefined, rules: joinRules(before, after) };
}
