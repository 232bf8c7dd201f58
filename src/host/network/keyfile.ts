/**
 * GLib's key files, the format of NetworkManager's profiles: groups of `key=value` lines. Values are raw; `escapeValue`
 * and `unescapeValue` convert between them and text.
 */
import { OsError } from '../../core/errors.ts';

export interface KeyfileGroup {
  readonly name: string;
  readonly entries: readonly (readonly [key: string, value: string])[];
}

export type Keyfile = readonly KeyfileGroup[];

/**
 * Escapes text as a value: doubles backslashes, escapes line ends and leading blanks. No other character is special.
 */
export function escapeValue(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replace(/^[ \t]+/, blanks => blanks.replaceAll(' ', '\\s').replaceAll('\t', '\\t'));
}

/** Texts as a list: each ends in a semicolon. */
export const escapeList = (texts: readonly string[]): string =>
  texts.map(text => `${escapeValue(text).replaceAll(';', '\\;')};`).join('');

const escapes: Readonly<Record<string, string>> = { s: ' ', t: '\t', n: '\n', r: '\r', '\\': '\\' };

/** The text of a value; undefined if GLib refuses its escapes. */
export function unescapeValue(value: string): string | undefined {
  return /^(?:[^\\]|\\[stnr\\])*$/u.test(value)
    ? value.replace(/\\(.)/gu, (_, letter: string) => escapes[letter] ?? letter)
    : undefined;
}

/** Splits a list at each `;` without a backslash before it. The separator after the last item may be missing. */
export function unescapeList(value: string): readonly string[] {
  const items: string[] = [];
  let item = '';
  for (const [part] of value.matchAll(/\\.?|;|[^;\\]+/gsu)) {
    if (part !== ';') item += part;
    else {
      items.push(item);
      item = '';
    }
  }
  if (item !== '') items.push(item);
  return items.map(it => unescapeValue(it.replaceAll('\\;', ';')) ?? it);
}

/** A key may end in the name of a language in brackets. */
const keyName = /^[^[\]]+(\[[\p{L}\p{N}_.@-]*\])?$/u;

function parseEntry(line: string): [key: string, value: string] | undefined {
  const at = line.indexOf('=');
  const key = line.slice(0, Math.max(at, 0)).replace(/[ \t\v\f\r]+$/, '');
  return keyName.test(key) ? [key, line.slice(at + 1).replace(/^[ \t\v\f\r]+/, '')] : undefined;
}

/** Throws OsError `config-invalid` with the line that GLib would refuse. */
export function parseKeyfile(text: string): Keyfile {
  const groups = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  // A line ends in LF or CRLF; a CR at the very end of the file belongs to the value.
  for (const [index, raw] of text.replaceAll('\r\n', '\n').split('\n').entries()) {
    const line = raw.replace(/^[ \t\v\f\r]+/, '');
    if (line === '' || line.startsWith('#')) continue;
    const group = /^\[([^[\]\p{Cc}]+)\][ \t]*$/u.exec(line)?.[1];
    const entry = parseEntry(line);
    if (group !== undefined) {
      current = groups.get(group) ?? new Map<string, string>();
      groups.set(group, current);
    } else if (current !== undefined && entry !== undefined) current.set(...entry);
    else
      throw new OsError(
        'config-invalid',
        `line ${(index + 1).toString()} is neither a [group] nor key=value`,
      );
  }
  return [...groups].map(([name, entries]) => ({ name, entries: [...entries] }));
}

/** Groups without entries are left out. */
export const formatKeyfile = (file: Keyfile): string =>
  file
    .filter(({ entries }) => entries.length > 0)
    .map(({ name, entries }) => `[${name}]\n${entries.map(([key, value]) => `${key}=${value}\n`).join('')}`)
    .join('\n');

/** Returns the raw value; undefined if there is none. */
export const findValue = (file: Keyfile, group: string, key: string): string | undefined =>
  file.find(({ name }) => name === group)?.entries.find(([name]) => name === key)?.[1];
