/**
 * The rules of an ignore file as Docker's client follows them (moby's patternmatcher and archive packages). The last
 * rule that matches a path or a directory above it decides. An exception is compared with a directory only if an
 * earlier rule ignores that directory; entries below inherit the answer.
 */
import path from 'node:path';
import { compilePattern, type MatchPath } from './ignore-pattern.ts';

export interface IgnoreRule {
  /** Normalised, without `!`. */
  readonly pattern: string;
  readonly isException: boolean;
  readonly matches: MatchPath;
  /** In its file, from 1. */
  readonly line: number;
}

export interface IgnoreRules {
  readonly rules: readonly IgnoreRule[];
  /** `path` is relative to the context, with `/`. */
  isIgnored(path: string): boolean;
  /** True if an exception names something below this ignored directory; otherwise nothing in it is read. */
  mayHoldExceptions(directory: string): boolean;
}

export interface IgnoreProblem {
  readonly line: number;
  readonly message: string;
}

const clean = (pattern: string): string => path.posix.normalize(pattern).replace(/(?<=.)\/$/, '');

/** Returns the pattern of a line; undefined for blank lines and comments. */
function readLine(line: string): { readonly pattern: string; readonly isException: boolean } | undefined {
  if (line.startsWith('#')) return undefined;
  const trimmed = line.trim();
  if (trimmed === '') return undefined;
  const isInverted = trimmed.startsWith('!');
  const body = isInverted ? trimmed.slice(1).trim() : trimmed;
  const relative = body === '' ? '' : clean(body).replace(/^\/(?=.)/, '');
  // Docker normalises once more with the sign, and then looks for it: `./!a` is an exception, `!/` excepts nothing.
  const whole = clean(isInverted ? `!${relative}` : relative);
  const isException = whole.startsWith('!');
  return { pattern: isException ? whole.slice(1) : whole, isException };
}

/** Reads the text of an ignore file; `report` is called with everything that is wrong in it. */
export function parseIgnoreRules(
  text: string,
  report: (problem: IgnoreProblem) => void = () => undefined,
): IgnoreRules {
  const rules: IgnoreRule[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const read = readLine(line);
    if (read === undefined) continue;
    if (read.pattern === '') {
      report({ line: index + 1, message: '"!" excepts nothing: write the pattern behind it' });
      continue;
    }
    try {
      rules.push({ ...read, matches: compilePattern(read.pattern), line: index + 1 });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      report({
        line: index + 1,
        message: `not a pattern: ${JSON.stringify(read.pattern)}: ${error.message}`,
      });
    }
  }
  return new RuleList(rules);
}

/** The rules of all, in this order, as if they stood in one file. */
export const joinRules = (...all: readonly IgnoreRules[]): IgnoreRules =>
  new RuleList(all.flatMap(({ rules }) => rules));

/**
 * The exceptions with a wildcard in the name of a directory, where every such directory is ignored. Docker's client reads
 * no ignored directory that an exception does not name, so that nothing in them is kept; BuildKit reads all.
 */
export function findVainExceptions(list: IgnoreRules): IgnoreRule[] {
  return list.rules.filter(({ isException, pattern }) => {
    const names = pattern.split('/');
    const wild = names.findIndex(name => /(?<!\\)[*?[]/.test(name));
    if (!isException || wild === -1 || wild === names.length - 1) return false;
    const directory = [...names.slice(0, wild), 'any-directory'].join('/');
    return list.isIgnored(directory) && !list.mayHoldExceptions(directory);
  });
}

interface Verdict {
  readonly isIgnored: boolean;
  /** By rule: true if it matched this path or one above it. */
  readonly matched: readonly boolean[];
  /** True if the walk skips everything below it. */
  readonly isPruned: boolean;
}

class RuleList implements IgnoreRules {
  readonly rules: readonly IgnoreRule[];
  readonly #root: Verdict;
  readonly #directories = new Map<string, Verdict>();

  constructor(rules: readonly IgnoreRule[]) {
    this.rules = rules;
    this.#root = { isIgnored: false, matched: rules.map(() => false), isPruned: false };
  }

  isIgnored(file: string): boolean {
    const parent = this.#parentOf(file);
    if (parent.isPruned) return true;
    let isIgnored = false;
    for (const [i, { isException, matches }] of this.rules.entries())
      if (parent.matched[i] === true || (isException === isIgnored && matches(file)))
        isIgnored = !isException;
    return isIgnored;
  }

  mayHoldExceptions(directory: string): boolean {
    return !this.#directory(directory).isPruned;
  }

  #parentOf(file: string): Verdict {
    const slash = file.lastIndexOf('/');
    return slash === -1 ? this.#root : this.#directory(file.slice(0, slash));
  }

  #directory(directory: string): Verdict {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const parent = this.#parentOf(directory);
    const verdict = parent.isPruned ? parent : this.#judge(directory, parent);
    this.#directories.set(directory, verdict);
    return verdict;
  }

  #judge(file: string, parent: Verdict): Verdict {
    let isIgnored = false as boolean;
    const matched = this.rules.map(({ isException, matches }, i) => {
      const isMatch = parent.matched[i] === true || (isException === isIgnored && matches(file));
      if (isMatch) isIgnored = !isException;
      return isMatch;
    });
    const isNamedBelow = ({ isException, pattern }: IgnoreRule): boolean =>
      isException && `${pattern}/`.startsWith(`${file}/`);
    return { isIgnored, matched, isPruned: isIgnored && !this.rules.some(isNamedBelow) };
  }
}
