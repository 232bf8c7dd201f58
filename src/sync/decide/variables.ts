/** Words as a Dockerfile's instructions take them: quotes taken off, variables replaced, escapes undone. */

export interface Expansion {
  readonly values: ReadonlyMap<string, string>;
  /** The `escape` directive's, or a backslash. */
  readonly escape: string;
}

const variable = /^\$(?:(\w+)|\{(\w+)(?::([-+])((?:[^{}]|\{[^{}]*\})*))?\})/;

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}`; what stands in single quotes stays as it is. */
export function expand(text: string, { values, escape }: Expansion): string {
  let done = '';
  let isQuoted = false;
  for (let rest = text; rest !== '';) {
    const [first = '', second = ''] = rest;
    const found = variable.exec(rest);
    const end = rest.indexOf("'", 1);
    if (first === '"') {
      isQuoted = !isQuoted;
      rest = rest.slice(1);
    } else if (first === "'" && !isQuoted && end !== -1) {
      done += rest.slice(1, end);
      rest = rest.slice(end + 1);
    } else if (first === escape && second !== '') {
      const isEscape = !isQuoted || second === '"' || second === '$' || second === escape;
      done += isEscape ? second : first + second;
      rest = rest.slice(2);
    } else if (found !== null) {
      const [whole, plain, braced, operator, word = ''] = found;
      const value = values.get(plain ?? braced ?? '') ?? '';
      const isWord = operator === '-' ? value === '' : operator === '+' && value !== '';
      done += isWord ? expand(word, { values, escape }) : operator === '+' ? '' : value;
      rest = rest.slice(whole.length);
    } else {
      done += first;
      rest = rest.slice(1);
    }
  }
  return done;
}

/** The pairs of `ENV A=b C="d e"` and of the old `ENV A b`, their values as written. */
export function readPairs(words: readonly string[]): [string, string][] {
  const [first = '', ...rest] = words;
  if (!first.includes('=')) return [[first, rest.join(' ')]];
  const pairs = words.join(' ').matchAll(/(\w+)=((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])*)/gs);
  return [...pairs].map(([, name = '', value = '']) => [name, value]);
}
