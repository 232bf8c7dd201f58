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
        source += escaped(pattern.charAt(i));
      } else source += char === '^' ? '^' : escape(char);
    }
  }
  const plain = pattern.slice(isStartOpen ? 2 : 0, isEndOpen ? -2 : undefined);
  return { source, plain: isRegexp ? undefined : plain, isStartOpen, isEndOpen };
}

/** Names of classes within [[:name:]], as Go's regexp has them. */
const posixClasses: Readonly<Record<string, string | undefined>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/**
 * A character after a backslash. The client hands both to Go's regexp as they are: `\d` is any digit, and a path written as on
 * Windows is another pattern or an invalid one.
 */
function escaped(char: string): string {
  if (char === '') throw new SyntaxError('a backslash with nothing behind it');
  if (char === 's') return '[\\t\\n\\f\\r ]';
  if (char === 'S') return '[^\\t\\n\\f\\r ]';
  if (char === 'a') return '\\x07';
  if (/[dDwWbBftnrv]/.test(char)) return `\\${char}`;
  if (/[A-Za-z0-9\u0080-\uffff]/.test(char))
    throw new SyntaxError(`\\${char} means nothing: directories are separated by /`);
  return escape(char);
}

const escape = (char: string): string => (/[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char);

function escapedInClass(char: string): string {
  if (char === 's') return '\\t\\n\\f\\r ';
  if (char === 'S' || char === '-') return `\\${char}`;
  // Go's regexp has no word boundaries within brackets.
  if (char === 'b' || char === 'B') throw new SyntaxError(`\\${char} means nothing in [ ]`);
  return escaped(char);
}

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
    const named = /^\[:(\w+):\]/.exec(pattern.slice(i));
    const members = posixClasses[named?.[1] ?? ''];
    if (named !== null && members !== undefined) {
      text += members;
      i += named[0].length;
      continue;
    }
    if (char === '\\') {
      i += 1;
      char = pattern.charAt(i);
      text += escapedInClass(char);
    } else text += char === '-' ? '-' : /[[\]^]/.test(char) ? `\\${char}` : char;
    i += 1;
  }
}
