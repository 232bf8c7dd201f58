import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Place, Problems } from '../problem.ts';
import { problemOfVariables } from '../../state/utf8-text.ts';
import { parseEnv } from './parse-env.ts';
import { readText } from './read-text.ts';
import type { Lookup } from './substitute.ts';

export interface EnvRequest {
  /** Absolute; later ones win. */
  readonly files: readonly string[];
  /** Wins over the files, also inside of their values. */
  readonly lookup: Lookup;
  /** Place that names the files. */
  readonly place: Place;
}

/** Reads the variables of env files as one: a value may use those of earlier files and lines. */
export async function loadEnvFiles(
  { files, lookup, place }: EnvRequest,
  problems: Problems,
): Promise<Map<string, string>> {
  const variables = new Map<string, string>();
  for (const file of files) {
    const text = await readText(file, place, '', problems, problemOfVariables);
    if (text !== undefined) parseEnv({ text, file }, variables, lookup, problems);
  }
  return variables;
}

/** Returns `.env` of `directory`; nothing if it is missing, or a directory as some tools of Python create it. */
export async function findDefaultEnvFile(directory: string): Promise<string[]> {
  const file = path.join(directory, '.env');
  const isFile = await stat(file).then(
    it => !it.isDirectory(),
    () => false,
  );
  return isFile ? [file] : [];
}
