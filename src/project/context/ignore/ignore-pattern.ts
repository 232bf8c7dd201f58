/** One pattern of an ignore file, as moby's patternmatcher compiles it. */

export type MatchPath = (path: string) => boolean;

/**
 * `*` stays within a name, `**` crosses directories. A pattern of plain characters after `**` is a suffix of the path
 * (`**.pem` takes a/b.pem), before `**` a prefix. Throws a SyntaxError if Go's filepath.Match reports a bad pattern.
 */
export function compilePattern(pattern: string): MatchPath {
  const { source, plain, isStartOpen, isEndOpen } = translate(pattern);
  if (plain === undefined) {
    const regexp = new RegExp(`^${source}$`, 'su');
    return path => regexp.test(path);
  }
  if (isStartOpen) return path => path.endsWith(plain) || (plain.startsWith('/') && path === plain.slice(1));
  return isEndOpen ? path => path.startsWith(plain) : path => path === plain;
}

interface Translated {
  readonly source: string;
  /** The text without `**` at its start or end; undefined if it needs a regular expression. */
  readonly plain: string | undefined;
  readonly isStartOpen: boolean;
  readonly isEndOpen: boolean;
}

function translate(pattern: string): Translated {
  let source = '';
  let isRegexp = false;
  let isEndOpen = false;
  const isStartOpen = pattern.startsWith('**');
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === '*' && pattern.charAt(i + 1) === '*') {
      const start = i;
      i += pattern.charAt(i + 2) === '/' ? 2 : 1;
      const isLast = i === pattern.length - 1;
      source += isLast ? '.*' : '(?:.*/)?';
      if (isLast && !isRegexp && !isStartOpen) isEndOpen = true;
      else if (start > 0) isRegexp = true;
    } else if (char === '*' || char === '?') {
      source += char === '*' ? '[^/]*' : '[^/]';
      isRegexp = true;
    } else if (char === '[') {
      const { end, text } = readClass(pattern, i);
      source += text;
      i = end;
      isRegexp = true;
    } else {
      if (char === '\\') {
        i += 1;
        isRegexp = true;
      }
      if (i >= pattern.length) throw new SyntaxError('a backslash with nothing behind it');
      source += escape(pattern.charAt(i));
    }
  }
  const plain = pattern.slice(isStartOpen ? 2 : 0, isEndOpen ? -2 : undefined);
  return { source, plain: isRegexp ? undefined : plain, isStartOpen, isEndOpen };
}

const escape = (char: string): string => (/[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char);

function readClass(pattern: string, start: number): { readonly end: number; readonly text: string } {
  let i = start + 1;
  let text = '[';
  if (pattern.charAt(i) === '^') {
    text += '^';
    i += 1;
  }
  for (let isFirst = true; ; isFirst = false) {
    if (i >= pattern.length) throw new SyntaxError('[ without ]');
    let char = pattern.charAt(i);
    if (char === ']' && !isFirst) return { end: i, text: `${text}]` };
    if (char === ']' || (char === '-' && isFirst)) throw new SyntaxError('an empty range in [ ]');
    if (char === '\\') {
      i += 1;
      char = pattern.charAt(i);
      text += `\\${/[\\^$.*+?()[\]{}|/-]/.test(char) ? char : `u{${(char.codePointAt(0) ?? 0).toString(16)}}`}`;
    } else text += char === '-' ? '-' : /[[\]^]/.test(char) ? `\\${char}` : char;
    i += 1;
  }
}
