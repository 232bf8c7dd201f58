import path from 'node:path';
import { readFileIfPresent } from '../../state/atomic-file.ts';
import type { Place, Problems } from '../problem.ts';
import { parseEnv } from './parse-env.ts';
import { readText } from './read-text.ts';
import type { Lookup } from './substitute.ts';

export interface EnvRequest {
  readonly directory: string;
  /** Absolute; later ones win. None: `.env` of the directory, if there is one. */
  readonly envFiles: readonly string[];
  /** What the files' own values may use, and what wins over them. */
  readonly lookup: Lookup;
  /** Where the files are asked for. */
  readonly place: Place;
}

/** The variables of a project's env files. */
export async function loadEnvFiles(
  { directory, envFiles, lookup, place }: EnvRequest,
  problems: Problems,
): Promise<Map<string, string>> {
  const variables = new Map<string, string>();
  const add = (text: string, file: string): void => {
    const found = parseEnv(text, file, name => lookup(name) ?? variables.get(name), problems);
    for (const [name, value] of found) variables.set(name, value);
  };
  if (envFiles.length === 0) {
    const file = path.join(directory, '.env');
    const text = await readFileIfPresent(file);
    if (text !== undefined) add(text, file);
  }
  for (const file of envFiles) {
    const text = await readText(file, place, '', problems);
    if (text !== undefined) add(text, file);
  }
  return variables;
}
