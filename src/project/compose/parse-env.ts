/** Files of variables, `.env` and `env_file`, in compose's dialect. */
import type { Problems } from '../problem.ts';
import { substitute, SubstitutionError, type Lookup } from './substitute.ts';

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' };

/**
 * The variables of `text`. Values may use `lookup`'s variables and those above them; a name alone takes its value from
 * `lookup`, and is left out when there is none.
 */
export function parseEnv(
  text: string,
  file: string,
  lookup: Lookup,
  problems: Problems,
): Map<string, string> {
  const variables = new Map<string, string>();
  const source = text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  const fail = (at: number, message: string): void => {
    const before = source.slice(0, at).split('\n');
    problems.add({ file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }, '', message);
  };
  const expanded = (at: number, value: string): string => {
    try {
      return substitute(value, name => lookup(name) ?? variables.get(name)).text;
    } catch (error) {
      if (!(error instanceof SubstitutionError)) throw error;
      fail(at, error.message);
      return value;
    }
  };
  const statement =
    /(?:[\s]|#[^\n]*(?:\n|$))*(?:export[ \t]+)?(?<name>[^\s=:#'"]*)[ \t]*(?<sign>[=:]?)[ \t]*/dy;
  while (statement.lastIndex < source.length) {
    const match = statement.exec(source);
    const name = match?.groups?.['name'] ?? '';
    if (match === null) break;
    const at = match.indices?.groups?.['name']?.[0] ?? 0;
    const start = statement.lastIndex;
    if (name === '' && start >= source.length) break;
    const lineEnd = endOfLine(source, start);
    if (!/^[A-Za-z_][\w.-]*$/.test(name)) {
      fail(at, `${JSON.stringify(source.slice(at, endOfLine(source, at)))} is not NAME=value`);
      statement.lastIndex = Math.max(endOfLine(source, at), start === at ? at + 1 : at);
      continue;
    }
    if (match.groups?.['sign'] === '') {
      const inherited = lookup(name);
      if (source.slice(start, lineEnd).replace(/#.*/, '').trim() !== '')
        fail(at, `${JSON.stringify(source.slice(at, lineEnd).trim())} is not NAME=value`);
      else if (inherited !== undefined) variables.set(name, inherited);
      statement.lastIndex = lineEnd;
      continue;
    }
    const quote = source.charAt(start);
    if (quote === '"' || quote === "'") {
      const end = closingQuote(source, start + 1, quote);
      if (end === -1) {
        fail(start, `the value of ${name} has no closing ${quote}`);
        break;
      }
      const body = source.slice(start + 1, end);
      variables.set(name, quote === "'" ? body : expanded(start, unescape(body)));
      statement.lastIndex = endOfLine(source, end);
    } else {
      variables.set(
        name,
        expanded(
          start,
          source
            .slice(start, lineEnd)
            .replace(/(?:^|\s+)#.*$/, '')
            .trimEnd(),
        ),
      );
      statement.lastIndex = lineEnd;
    }
  }
  return variables;
}

const endOfLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
};

function closingQuote(text: string, start: number, quote: string): number {
  for (let i = start; i < text.length; i++) {
    if (text.charAt(i) === quote) return i;
    if (text.charAt(i) === '\\' && quote === '"') i += 1;
  }
  return -1;
}

/** `\$` stays a literal dollar through the substitution that follows. */
const unescape = (text: string): string =>
  text.replace(/\\(.)/gs, (whole, char: string) => {
    if (char === '$') return '$$';
    return escapes[char] ?? (['"', '\\', "'"].includes(char) ? char : whole);
  });

/** `format: raw`: every line is NAME=value, taken as it stands. */
export function parseRawEnv(text: string): Map<string, string> {
  const lines = text
    .split(/\r?\n/)
    .filter(line => line.trim() !== '' && !line.startsWith('#') && line.includes('='));
  return new Map(lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
