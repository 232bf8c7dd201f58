import path from 'node:path';
import type { Problems } from '../problem.ts';
import { loadEnvFiles } from './load-env.ts';
import type { Lookup } from './substitute.ts';

export interface ComposeSettings {
  /** Variables for compose files: the user's environment before the project's env files. */
  readonly lookup: Lookup;
  /** Absolute; empty: those that the directory has. */
  readonly composeFiles: readonly string[];
  /** Absolute: where the variables come from. */
  readonly envFiles: readonly string[];
  readonly profiles: readonly string[];
  /** As asked for by flag or variable. */
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
export async function readComposeSettings(
  request: SettingsRequest,
  problems: Problems,
): Promise<ComposeSettings> {
  const { environment, directory } = request;
  const own: Lookup = name => environment[name];
  const given = request.envFiles.length > 0 ? request.envFiles : listOf(own('COMPOSE_ENV_FILES'), ',');
  const envFiles = given.map(it => path.resolve(directory, it));
  const [first = directory] = envFiles;
  const place = { file: first, line: 1, column: 1 };
  const variables = await loadEnvFiles({ directory, envFiles, lookup: own, place }, problems);
  const lookup: Lookup = name => own(name) ?? variables.get(name);
  const separator = lookup('COMPOSE_PATH_SEPARATOR') ?? path.delimiter;
  const files =
    request.composeFiles.length > 0 ? request.composeFiles : listOf(lookup('COMPOSE_FILE'), separator);
  return {
    lookup,
    composeFiles: files.map(it => path.resolve(directory, it)),
    envFiles: envFiles.length > 0 ? envFiles : [path.join(directory, '.env')],
    profiles: request.profiles.length > 0 ? request.profiles : listOf(lookup('COMPOSE_PROFILES'), ','),
    projectName: request.projectName ?? lookup('COMPOSE_PROJECT_NAME'),
  };
}

const listOf = (text: string | undefined, separator: string): string[] =>
  (text ?? '')
    .split(separator)
    .map(it => it.trim())
    .filter(it => it !== '');
