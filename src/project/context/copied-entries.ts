import { readFileIfPresent } from '../../state/atomic-file.ts';
import type { BuildContext } from './build-context.ts';
import { parseIgnoreRules } from './ignore/ignore-rules.ts';

const dockerignore = '.dockerignore';

/** Returns the text of the ignore file that is sent, which is the one the engine reads. */
async function readSentIgnoreFile({ entries }: BuildContext): Promise<string | undefined> {
  const entry = entries.find(({ name }) => name === dockerignore);
  if (entry?.type !== 'file') return undefined;
  return 'content' in entry.source ? entry.source.content.toString() : readFileIfPresent(entry.source.path);
}

/**
 * Returns those of `entries` that COPY can take: the engine removes the Dockerfile and the ignore file if they are
 * ignored.
 */
export async function readCopiedEntries(
  context: BuildContext,
  entries: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const rules = parseIgnoreRules((await readSentIgnoreFile(context)) ?? '');
  const own = [dockerignore, context.dockerfileName].filter(name => rules.isIgnored(name));
  return own.length === 0 ? entries : new Map([...entries].filter(([name]) => !own.includes(name)));
}

/** The entries that COPY takes for `source`, in order. */
export function takeEntries(
  entries: ReadonlyMap<string, string>,
  source: string,
): ReadonlyMap<string, string> {
  const wanted = source.replace(/^(?:\.?\/+)+/, '').replace(/\/+$/, '');
  if (wanted === '' || wanted === '.') return entries;
  const isTaken = /[*?[\\]/.test(wanted)
    ? (name: string) => parseIgnoreRules(wanted).isIgnored(name)
    : (name: string) => name === wanted || name.startsWith(`${wanted}/`);
  return new Map([...entries].filter(([name]) => isTaken(name.replace(/\/$/, '')) || isTaken(name)));
}
