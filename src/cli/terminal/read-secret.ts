import { textOfGiven } from '../../state/given-file.ts';
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
  const named = file === '-' ? `the ${what} on stdin` : `the ${what} ${file}`;
  return textOfGiven(await readInputFile(file), named).replace(/\r?\n$/, '');
}
