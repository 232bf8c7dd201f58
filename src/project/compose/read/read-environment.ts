import path from 'node:path';
import { readFileIfPresent } from '../../../state/atomic-file.ts';
import type { Cursor } from '../cursor.ts';
import { parseEnv, parseRawEnv } from '../parse-env.ts';
import { readText } from '../read-text.ts';
import type { Lookup } from '../substitute.ts';

/** `env_file` and then `environment`; a name without a value takes the user's, and is left out without one. */
export async function readEnvironment(service: Cursor, lookup: Lookup): Promise<Record<string, string>> {
  const environment = new Map<string, string>();
  for (const item of itemsOf(service.at('env_file')))
    for (const [name, value] of await readEnvFile(item, lookup)) environment.set(name, value);
  for (const [name, value] of service.at('environment').keyed()) {
    const own = value ?? lookup(name);
    if (own !== undefined) environment.set(name, own);
  }
  return Object.fromEntries(environment);
}

const itemsOf = (cursor: Cursor): Cursor[] =>
  cursor.tree?.kind === 'list' ? cursor.items() : cursor.isPresent ? [cursor] : [];

const fileOf = (item: Cursor): string | undefined => {
  const name = item.isMapping ? item.at('path').text() : item.text();
  return name === undefined ? undefined : path.resolve(item.place.baseDirectory, name);
};

/** `env_file` and `label_file` of enabled services, whether they are there or not. */
export const listVariableFiles = (services: Cursor, disabled: ReadonlyMap<string, unknown>): string[] =>
  services
    .entries()
    .flatMap(([name, service]) =>
      disabled.has(name)
        ? []
        : [service.at('env_file'), service.at('label_file')].flatMap(itemsOf).flatMap(it => fileOf(it) ?? []),
    );

async function readEnvFile(item: Cursor, lookup: Lookup): Promise<Map<string, string>> {
  const file = fileOf(item);
  if (file === undefined) return new Map();
  const isRequired = item.at('required').bool() ?? true;
  const text = isRequired
    ? await readText(file, item.place, item.subject, item.problems)
    : await readFileIfPresent(file);
  if (text === undefined) return new Map();
  return item.at('format').text() === 'raw' ? parseRawEnv(text) : parseEnv(text, file, lookup, item.problems);
}

/** `label_file` and then `labels`. */
export async function readLabels(service: Cursor): Promise<Record<string, string>> {
  const labels = new Map<string, string>();
  for (const item of itemsOf(service.at('label_file'))) {
    const file = path.resolve(item.place.baseDirectory, item.text() ?? '');
    const text = await readText(file, item.place, item.subject, item.problems);
    for (const [name, value] of parseRawEnv(text ?? '')) labels.set(name, value);
  }
  return { ...Object.fromEntries(labels), ...service.at('labels').record() };
}
