import path from 'node:path';
import { Problems } from '../../problem.ts';
import { findDefaultEnvFile, loadEnvFiles } from '../../variables/load-env-files.ts';
import type { Lookup } from '../../variables/substitute.ts';
import { parseBoolean } from '../../yaml/units.ts';

export interface ComposeSettings {
  /** Variables for compose files: the user's environment before the project's env files. */
  readonly lookup: Lookup;
  /** Absolute; empty: those that the directory has. */
  readonly composeFiles: readonly string[];
  /** Absolute paths of the files with the variables. */
  readonly envFiles: readonly string[];
  /** Problems of the env files. They are ignored if the project turns out to have no compose file. */
  readonly envProblems: Problems;
  readonly profiles: readonly string[];
  /** Name from the flag or a variable. */
  readonly projectName: string | undefined;
}

export interface SettingsRequest {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly composeFiles: readonly string[];
  readonly envFiles: readonly string[];
  readonly profiles: readonly string[];
  readonly projectName: string | undefined;
}

/** Flags, then the environment, then the env files: COMPOSE_FILE, COMPOSE_PROFILES, COMPOSE_PROJECT_NAME and the rest. */
export async function readComposeSettings(request: SettingsRequest): Promise<ComposeSettings> {
  const { environment, directory } = request;
  const own: Lookup = name => environment[name];
  const envProblems = new Problems();
  const load = (files: readonly string[], lookup: Lookup): Promise<Map<string, string>> => {
    const [first = directory] = files;
    return loadEnvFiles({ files, lookup, place: { file: first, line: 1, column: 1 } }, envProblems);
  };
  const named = request.envFiles.length > 0 ? request.envFiles : listOf(own('COMPOSE_ENV_FILES'), ',');
  const hasDefaults = named.length === 0 && parseBoolean(own('COMPOSE_DISABLE_ENV_FILE') ?? '') !== true;
  const first = hasDefaults
    ? await findDefaultEnvFile(directory)
    : named.map(it => path.resolve(directory, it));
  const variables = await load(first, own);
  const known: Lookup = name => own(name) ?? variables.get(name);
  const composeFiles = findNamedFiles(request, known);
  // Compose files elsewhere have an `.env` beside them, which adds to that of the directory.
  const home = path.dirname(composeFiles[0] ?? path.join(directory, 'compose.yaml'));
  const beside = hasDefaults && home !== directory ? await findDefaultEnvFile(home) : [];
  const further = await load(beside, known);
  const lookup: Lookup = name => known(name) ?? further.get(name);
  return {
    lookup,
    composeFiles,
    envFiles: [...(hasDefaults ? [path.join(directory, '.env')] : first), ...beside],
    envProblems,
    profiles: request.profiles.length > 0 ? request.profiles : listOf(lookup('COMPOSE_PROFILES'), ','),
    projectName: request.projectName ?? lookup('COMPOSE_PROJECT_NAME'),
  };
}

function findNamedFiles({ composeFiles, directory }: SettingsRequest, lookup: Lookup): string[] {
  const separator = lookup('COMPOSE_PATH_SEPARATOR') ?? path.delimiter;
  const files = composeFiles.length > 0 ? composeFiles : listOf(lookup('COMPOSE_FILE'), separator);
  return files.map(it => path.resolve(directory, it));
}

const listOf = (text: string | undefined, separator: string): string[] =>
  (text ?? '')
    .split(separator)
    .map(it => it.trim())
    .filter(it => it !== '');
