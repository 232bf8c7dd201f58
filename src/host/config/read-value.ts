/** Parses words of a command line as values of the types that config.json requires. */
import { findNearest } from '../../core/nearest.ts';
import { OsError } from '../../core/errors.ts';
import { configKeys, findConfigKey, type ConfigType } from './config-keys.ts';
import { formatKeyPath } from './key-path.ts';

/** Types that a person can give for a key that is not in the table. */
export const explicitTypes = ['string', 'number', 'boolean', 'json'] as const;
export type ExplicitType = (typeof explicitTypes)[number];

export interface ValueRequest {
  readonly path: readonly string[];
  /** At least one; several are the elements of a list. */
  readonly texts: readonly string[];
  readonly type?: ExplicitType | undefined;
  /** The hint about how an unknown key is set. */
  readonly anyway?: string;
}

const invalid = (key: string, problem: string): OsError =>
  new OsError('config-invalid', `${key} cannot have this value: ${problem}`);

function parseJsonText(key: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid(key, 'it is not JSON');
  }
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(item => typeof item === 'string');

const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' && value !== null && isStrings(Object.values(value)) && !Array.isArray(value);

function readList(key: string, texts: readonly string[]): readonly string[] {
  const [only = ''] = texts;
  if (texts.length > 1 || !only.trimStart().startsWith('['))
    return texts.flatMap(text => text.split('\n').map(line => line.trim())).filter(line => line !== '');
  const parsed = parseJsonText(key, only);
  if (!isStrings(parsed)) throw invalid(key, 'it is a list of strings');
  return parsed;
}

function readOne(key: string, texts: readonly string[], type: ExplicitType): unknown {
  const [text = '', ...more] = texts;
  if (more.length > 0)
    throw invalid(key, 'it takes one value, in quotes if it has spaces; a device goes after --on');
  switch (type) {
    case 'string':
      return text;
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw invalid(key, 'it is true or false');
      return text === 'true';
    case 'number':
      if (!/^-?\d+(\.\d+)?$/.test(text)) throw invalid(key, 'it is a number');
      return Number(text);
    case 'json':
      return parseJsonText(key, text);
  }
}

function readTyped(key: string, texts: readonly string[], type: ConfigType): unknown {
  if (type === 'string[]') return readList(key, texts);
  return readOne(key, texts, type === 'texts' ? 'json' : type);
}

/** Returns the fault of `value` at `path`, by the table; undefined if it is valid or the table has no such key. */
export function problemOfValue(path: readonly string[], value: unknown): string | undefined {
  const known = findConfigKey(path);
  if (known === undefined) return undefined;
  const isOneText = known.type === 'texts' && path.length === 3;
  switch (known.type) {
    case 'string':
      return typeof value === 'string' ? known.check?.(value) : 'it is a string';
    case 'number':
      return typeof value === 'number' ? known.check?.(value) : 'it is a number';
    case 'boolean':
      // The OS compares text, so that a "true" in quotes also counts.
      return ['true', 'false'].includes(String(value)) ? undefined : 'it is true or false';
    case 'string[]':
      return isStrings(value) ? known.check?.(value) : 'it is a list of strings';
    case 'texts': {
      const texts: unknown = isOneText ? Object.fromEntries([[path[2] ?? '', value]]) : value;
      return isTexts(texts) ? known.check?.(texts) : 'it is text by name';
    }
  }
}

/** Throws OsError `config-invalid` for a value that the key cannot have, `usage` for an unknown key without a type. */
export function readConfigValue({
  path,
  texts,
  type,
  anyway = 'give --type string, number, boolean or json to set it all the same',
}: ValueRequest): unknown {
  const key = formatKeyPath(path);
  const known = findConfigKey(path);
  if (known === undefined) {
    if (type !== undefined) return readOne(key, texts, type);
    const close = findNearest(
      key,
      configKeys.map(it => it.key),
    );
    throw new OsError('usage', `the OS is not known to read ${JSON.stringify(key)}`, {
      hint: close === undefined ? anyway : `did you mean ${close}? Else ${anyway}`,
    });
  }
  const isOneText = known.type === 'texts' && path.length === 3;
  const value = isOneText ? readOne(key, texts, 'string') : readTyped(key, texts, known.type);
  const problem = problemOfValue(path, value);
  if (problem !== undefined) throw invalid(key, problem);
  return value;
}
