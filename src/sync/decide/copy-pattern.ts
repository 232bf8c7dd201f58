/** Wildcards of COPY, which are Go's filepath.Match: neither is there a `**`, nor does anything match a slash. */

/** A backslash takes the meaning from what follows it. */
export const isPattern = (source: string): boolean => /[*?[]/.test(source.replaceAll(/\\./g, ''));

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Matches whole names with as many parts as the pattern has. A pattern that is not one matches nothing. */
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
