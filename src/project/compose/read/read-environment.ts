import { localPath } from '../../local-path.ts';
import { parseEnv, parseRawEnv, type EnvText } from '../../variables/parse-env.ts';
import { problemOfVariables } from '../../../state/utf8-text.ts';
import { isMissing, readText } from '../../variables/read-text.ts';
import type { Lookup } from '../../variables/substitute.ts';
import type { Service } from '../../service.ts';
import type { Cursor } from '../../yaml/cursor.ts';

/** The variables of a service, and those that it does not have, whatever its image says. */
export type ServiceVariables = Pick<Service, 'environment' | 'unsetVariables'>;

/**
 * `env_file`, and then `environment`, which wins; a name without a value takes the user's, and is unset without one.
 * The values of a file may use the project's variables, then those of `environment`, then those of the files before it.
 */
export async function readEnvironment(service: Cursor, lookup: Lookup): Promise<ServiceVariables> {
  const own = new Map<string, string>();
  const unset = new Set<string>();
  for (const [name, written] of service.at('environment').keyed()) {
    const value = written ?? lookup(name);
    if (value === undefined) unset.add(name);
    else own.set(name, value);
  }
  const environment = new Map(own);
  for (const item of itemsOf(service.at('env_file'))) {
    const found = await readVariableFile(item);
    const parse = item.at('format').text() === 'raw' ? parseRawEnv : parseEnv;
    if (found !== undefined) parse(found, environment, name => lookup(name) ?? own.get(name), item.problems);
  }
  return {
    environment: Object.fromEntries([...environment, ...own].filter(([name]) => !unset.has(name))),
    unsetVariables: [...unset],
  };
}

const itemsOf = (cursor: Cursor): Cursor[] =>
  cursor.tree?.kind === 'list' ? cursor.items() : cursor.isPresent ? [cursor] : [];

const fileOf = (item: Cursor): string | undefined => {
  const name = item.isMapping ? item.at('path').text() : item.text();
  return name === undefined ? undefined : localPath(item.place.baseDirectory, name);
};

/** `env_file` and `label_file` of enabled services, present or not. */
export const listVariableFiles = (services: Cursor, disabled: ReadonlyMap<string, unknown>): string[] =>
  services
    .entries()
    .flatMap(([name, service]) =>
      disabled.has(name)
        ? []
        : [service.at('env_file'), service.at('label_file')].flatMap(itemsOf).flatMap(it => fileOf(it) ?? []),
    );

/** Undefined if the file is optional and missing, or cannot be read, which is a problem. */
async function readVariableFile(item: Cursor): Promise<EnvText | undefined> {
  const file = fileOf(item);
  if (file === undefined) return undefined;
  const isRequired = item.at('required').bool() ?? true;
  if (!isRequired && (await isMissing(file))) return undefined;
  const text = await readText(file, item.place, item.subject, item.problems, problemOfVariables);
  return text === undefined ? undefined : { text, file };
}

/** Reads `label_file`, whose values may use those of the files before it, and then `labels`, which override them. */
export async function readLabels(service: Cursor): Promise<Record<string, string>> {
  const labels = new Map<string, string>();
  for (const item of itemsOf(service.at('label_file'))) {
    const found = await readVariableFile(item);
    if (found !== undefined) parseEnv(found, labels, () => undefined, item.problems);
  }
  return { ...Object.fromEntries(labels), ...service.at('labels').record() };
}
