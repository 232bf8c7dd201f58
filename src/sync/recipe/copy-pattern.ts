/** Wildcards of COPY are those of Go's filepath.Match: there is no `**`, and nothing matches a slash. */

/** A backslash escapes the character after it. */
export const isPattern = (source: string): boolean => /[*?[]/.test(source.replaceAll(/\\./g, ''));

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Matches whole names with as many parts as the pattern has. An invalid pattern matches nothing. */
export function compileCopyPattern(pattern: string): RegExp {
  const parts = pattern.matchAll(/\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|([*?])|(.)/gsu);
  const source = [...parts].map(([, escaped, not, set, wildcard, plain = '']) => {
    if (escaped !== undefined) return literal(escaped);
    if (set !== undefined) return `(?!/)[${not ?? ''}${set.replaceAll(/[[\]^]/g, '\\$&')}]`;
    if (wildcard !== undefined) return wildcard === '*' ? '[^/]*' : '[^/]';
    return literal(plain);
  });
  try {
    return new RegExp(`^${source.join('')}$`, 'su');
  } catch {
    return /(?!)/;
  }
}
