import { canAsk } from './person.ts';
import { askSecret } from './prompts.ts';
import { readInputFile } from './read-input-file.ts';

/** Reads a secret from a file (`-`: stdin), else from the person at the terminal; undefined if there is neither. */
export async function readSecret(
  file: string | undefined,
  what: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (file === undefined) return canAsk() ? askSecret(`The ${what}:`, signal) : undefined;
  return (await readInputFile(file)).toString('utf8').replace(/\r?\n$/, '');
}
