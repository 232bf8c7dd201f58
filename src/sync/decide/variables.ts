/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}` as a Dockerfile's instructions take them. */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /\\(.)|\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g,
    (
      _,
      escaped: string | undefined,
      plain: string | undefined,
      braced: string | undefined,
      operator: string | undefined,
      word: string | undefined,
    ): string => {
      if (escaped !== undefined) return escaped;
      const value = values.get(plain ?? braced ?? '') ?? '';
      if (operator === '-') return value === '' ? (word ?? '') : value;
      if (operator === '+') return value === '' ? '' : (word ?? '');
      return value;
    },
  );
}

const unquote = (text: string): string => text.replace(/^(["'])(.*)\1$/s, '$2');

/** The pairs of `ENV A=b C="d e"` and of the old `ENV A b`. */
export function readPairs(words: readonly string[]): [string, string][] {
  const [first = '', ...rest] = words;
  if (!first.includes('=')) return [[first, unquote(rest.join(' '))]];
  const pairs = words.join(' ').matchAll(/(\w+)=((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])*)/gs);
  return [...pairs].map(([, name = '', value = '']) => [name, unquote(value)]);
}
