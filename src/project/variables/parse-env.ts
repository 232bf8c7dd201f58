/**
 * Files of variables (`.env`, `env_file`, `label_file`, `--env-file`), read as compose reads them (compose-go,
 * dotenv/parser.go).
 */
import type { Place, Problems } from '../problem.ts';
import { substitute, SubstitutionError, type Lookup } from './substitute.ts';

export interface EnvText {
  readonly text: string;
  readonly file: string;
}

/** Blanks that do not end a line: tab, vertical tab, form feed, carriage return, space, and two of Latin-1. */
const blank = '[\\t\\v\\f\\r \\u0085\\u00a0]';
const statementStart = new RegExp(`(?:\\s|#[^\\n]*)*(?:export\\s+)?`, 'y');
const statementName = new RegExp(`((?:${blank}|[\\p{L}\\p{N}_.\\-[\\]])*)(?:([=:]|\\n|$)${blank}*)?`, 'yu');

/**
 * Adds the variables of a file to `variables`. Values may use those of `lookup` first, then those in `variables`: of
 * earlier files, and of earlier lines. A name alone takes its value from `lookup`, and is left out without one.
 */
export function parseEnv(
  { text, file }: EnvText,
  variables: Map<string, string>,
  lookup: Lookup,
  problems: Problems,
): void {
  const source = text.replace(/^\ufeff/, '');
  const placeAt = (at: number): Place => {
    const before = source.slice(0, at).split('\n');
    return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  };
  const fail = (at: number, message: string): void => problems.add(placeAt(at), '', message);
  const expanded = (at: number, name: string, value: string): string => {
    try {
      const { text, unset } = substitute(value, it => lookup(it) ?? variables.get(it));
      // The message does not repeat the value: it may be a password.
      if (unset.length > 0)
        problems.warn(
          placeAt(at),
          name,
          'a "$" in the value names a variable that is not set, and both are left out: write "$$", or the value in single quotes',
        );
      return text;
    } catch (error) {
      if (!(error instanceof SubstitutionError)) throw error;
      fail(at, error.message);
      return value;
    }
  };
  for (let at = 0; ;) {
    const start = endOfMatch(statementStart, source, at);
    if (start >= source.length) return;
    statementName.lastIndex = start;
    const [whole = '', written = '', sign] = statementName.exec(source) ?? [];
    const name = written.trimEnd();
    const lineEnd = endOfLine(source, start);
    const valueStart = start + whole.length;
    if (sign === undefined || name === '' || name.includes(' ')) {
      fail(start, `${JSON.stringify(source.slice(start, lineEnd).trim())} is not NAME=value`);
      at = lineEnd;
    } else if (sign !== '=' && sign !== ':') {
      const inherited = lookup(name);
      if (inherited !== undefined) variables.set(name, inherited);
      at = valueStart;
    } else {
      const quote = source.charAt(valueStart);
      if (quote === '"' || quote === "'") {
        const quoted = readQuoted(source, valueStart);
        if (quoted === undefined) {
          fail(valueStart, `the value of ${name} has no closing ${quote}`);
          return;
        }
        const { body, end } = quoted;
        variables.set(name, quote === "'" ? body : expanded(valueStart, name, expandEscapes(body)));
        at = end;
      } else {
        const [value = ''] = source.slice(valueStart, endOfLine(source, valueStart)).split(' #', 1);
        variables.set(name, expanded(valueStart, name, value.trimEnd()));
        at = endOfLine(source, valueStart);
      }
    }
  }
}

function endOfMatch(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

const endOfLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
};

/** Returns the text between the quote at `start` and the next one; only an escaped quote loses its backslash. */
function readQuoted(
  text: string,
  start: number,
): { readonly body: string; readonly end: number } | undefined {
  const quote = text.charAt(start);
  let body = '';
  for (let i = start + 1; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === quote) return { body, end: i + 1 };
    if (char === '\\') {
      i += 1;
      const next = text.charAt(i);
      body += next === quote ? next : char + next;
    } else body += char;
  }
  return undefined;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  $: '$$',
  '"': '"',
  '\\': '\\',
};

/** Escapes of a shell's echo: `\n`, `\0101`; `\$` stays a dollar through the substitution that follows. */
const expandEscapes = (text: string): string =>
  text.replace(/\\(?:0(\d{0,3})|([abcfnrtv$"\\]))/g, (whole, octal: string | undefined, char = '') => {
    if (octal === undefined) return escapes[char as string] ?? whole;
    const code = /^[0-7]{3}$/.test(octal) ? parseInt(octal, 8) : NaN;
    return code <= 255 ? String.fromCodePoint(code) : `\\${octal}`;
  });

/** `format: raw`: every line is NAME=value, taken as it is written (docker/cli, pkg/kvfile). */
export function parseRawEnv(
  { text, file }: EnvText,
  variables: Map<string, string>,
  lookup: Lookup,
  problems: Problems,
): void {
  for (const [i, whole] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = whole.trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    const name = equals === -1 ? line : line.slice(0, equals);
    const value = equals === -1 ? lookup(name) : line.slice(equals + 1);
    if (name === '' || /\s/.test(name))
      problems.add({ file, line: i + 1, column: 1 }, '', `${JSON.stringify(line)} is not NAME=value`);
    else if (value !== undefined) variables.set(name, value);
  }
}
