/**
 * The rules of `.dockerignore` as moby's patternmatcher has them: every line is matched in turn against a path and
 * its parents, the last one that matches decides. `*` stays within a name, `**` crosses any number of directories.
 */
import path from 'node:path';

export interface IgnoreRule {
  /** As written, without `!`. */
  readonly pattern: string;
  readonly isException: boolean;
  readonly regexp: RegExp;
  /** The leading part without wildcards, by directory; what can match lies below it. */
  readonly literal: readonly string[];
  readonly hasWildcard: boolean;
}

export interface IgnoreRules {
  readonly rules: readonly IgnoreRule[];
  /** `path` is relative to the context, with `/`. */
  isIgnored(path: string): boolean;
  /** Whether an exception may hold for something below this ignored directory. */
  mayHoldExceptions(directory: string): boolean;
}

export interface IgnoreProblem {
  readonly line: number;
  readonly message: string;
}

/** What a pattern of `.dockerignore` reads as, or undefined for blank lines and comments. */
function cleanPattern(line: string): { pattern: string; isException: boolean } | undefined {
  if (line.startsWith('#')) return undefined;
  const trimmed = line.trim();
  if (trimmed === '') return undefined;
  const isException = trimmed.startsWith('!');
  const body = isException ? trimmed.slice(1).trim() : trimmed;
  if (body === '') return { pattern: '', isException };
  const normal = path.posix.normalize(body).replace(/(?<=.)\/$/, '');
  return { pattern: normal.length > 1 ? normal.replace(/^\//, '') : normal, isException };
}

/** Throws a SyntaxError where Go's filepath.Match would report a bad pattern. */
export function compilePattern(pattern: string): RegExp {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === '*' && pattern.charAt(i + 1) === '*') {
      i += pattern.charAt(i + 2) === '/' ? 2 : 1;
      source += i === pattern.length - 1 ? '.*' : '(?:.*/)?';
    } else if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '[') {
      const { end, text } = readClass(pattern, i);
      source += text;
      i = end;
    } else {
      if (char === '\\') i += 1;
      if (i >= pattern.length) throw new SyntaxError('a backslash with nothing behind it');
      source += escape(pattern.charAt(i));
    }
  }
  return new RegExp(`^${source}$`, 'su');
}

const escape = (char: string): string => (/[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char);

function readClass(pattern: string, start: number): { end: number; text: string } {
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

function literalPart(pattern: string): readonly string[] {
  const names = pattern.split('/');
  const firstWild = names.findIndex(name => /[*?[\\]/.test(name));
  return firstWild === -1 ? names : names.slice(0, firstWild);
}

/** Reads the text of an ignore file; what is wrong in it goes to `report`. */
export function parseIgnoreRules(
  text: string,
  report: (problem: IgnoreProblem) => void = () => undefined,
): IgnoreRules {
  const rules: IgnoreRule[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const cleaned = cleanPattern(line);
    if (cleaned === undefined) continue;
    const { pattern, isException } = cleaned;
    if (pattern === '') {
      report({ line: index + 1, message: '"!" excepts nothing: write the pattern behind it' });
      continue;
    }
    try {
      const literal = literalPart(pattern);
      const hasWildcard = literal.length < pattern.split('/').length;
      rules.push({ pattern, isException, regexp: compilePattern(pattern), literal, hasWildcard });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      report({ line: index + 1, message: `not a pattern: ${JSON.stringify(pattern)}: ${error.message}` });
    }
  }
  return combine(rules);
}

/** `first` and then `rest`, as if they were one file. */
export const joinRules = (...all: readonly IgnoreRules[]): IgnoreRules =>
  combine(all.flatMap(({ rules }) => rules));

function combine(rules: readonly IgnoreRule[]): IgnoreRules {
  return {
    rules,
    isIgnored(file) {
      let isIgnored = false;
      for (const rule of rules)
        if (rule.isException === isIgnored && matchesOrParentMatches(rule, file))
          isIgnored = !rule.isException;
      return isIgnored;
    },
    mayHoldExceptions(directory) {
      const names = directory.split('/');
      return rules.some(
        ({ isException, literal, hasWildcard }) =>
          isException &&
          (hasWildcard || literal.length > names.length) &&
          names.every((name, i) => i >= literal.length || literal[i] === name),
      );
    },
  };
}

function matchesOrParentMatches({ regexp }: IgnoreRule, file: string): boolean {
  if (regexp.test(file)) return true;
  for (let slash = file.indexOf('/'); slash !== -1; slash = file.indexOf('/', slash + 1))
    if (regexp.test(file.slice(0, slash))) return true;
  return false;
}
