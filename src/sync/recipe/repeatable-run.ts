/**
 * Finds the commands of a RUN that may be repeated in a container, on the synced paths alone: the second time each does
 * what it did the first time. `chmod`, `chown` and `chgrp` set attributes and read no content; `mkdir -p` leaves a directory
 * that is there alone; `ln -sfn` makes the same link. All else (`sed -i`, a plain `ln -s`) is a build.
 */
import path from 'node:path';
import { isModeChange } from './file-mode.ts';

export interface Repeat {
  readonly program: 'chmod' | 'chown' | 'chgrp' | 'mkdir' | 'ln';
  /** The mode, the owner, or the group; empty for other programs. */
  readonly value: string;
  readonly isRecursive: boolean;
  /** Absolute paths; for `ln` the link. */
  readonly paths: readonly string[];
  /** For messages: `RUN chmod +x start.sh (line 4)`. */
  readonly text: string;
}

/** Matches words without anything that a shell would replace. */
const literal = /^[\w./:=+,@%-]+$/;
const owner = /^[\w.-]*(:[\w.-]*)?$/;

/** Returns the commands of a RUN in the form of `sh -c`, or of words; undefined if one may not be repeated. */
export function parseRepeats(
  command: { readonly line: string } | { readonly words: readonly string[] },
  { directory, text }: { readonly directory: string; readonly text: string },
): readonly Repeat[] | undefined {
  const commands =
    'words' in command ? [command.words] : command.line.split(/&&|;/).map(it => it.trim().split(/\s+/));
  const repeats: Repeat[] = [];
  for (const words of commands) {
    if (words.length === 1 && words[0] === 'true') continue;
    if (words[0] === 'set' && words.length === 2 && /^-[eux]+$/.test(words[1] ?? '')) continue;
    const repeat = parseCommand(words, { directory, text });
    if (repeat === undefined) return undefined;
    repeats.push(repeat);
  }
  return repeats.length === 0 ? undefined : repeats;
}

function parseCommand(
  words: readonly string[],
  { directory, text }: { readonly directory: string; readonly text: string },
): Repeat | undefined {
  if (!words.every(it => literal.test(it))) return undefined;
  const [name = '', ...rest] = words;
  // `chmod -x a` takes away a permission: only these are options of chmod.
  const isOption = (it: string): boolean =>
    name === 'chmod' ? /^(-R|--recursive)$/.test(it) : it.startsWith('-');
  const options = rest.filter(isOption);
  const operands = rest.filter(it => !isOption(it));
  const absolute = (it: string): string => path.posix.resolve(directory, it);
  const isRecursive = options.length === 1 && /^(-R|--recursive)$/.test(options[0] ?? '');
  switch (name) {
    case 'chmod':
    case 'chown':
    case 'chgrp': {
      const [value = '', ...paths] = operands;
      if (paths.length === 0 || (options.length > 0 && !isRecursive)) return undefined;
      if (!(name === 'chmod' ? isModeChange(value) : value !== '' && owner.test(value))) return undefined;
      return { program: name, value, isRecursive, paths: paths.map(absolute), text };
    }
    case 'mkdir':
      if (!/^-p$|^--parents$/.test(options.join(' ')) || operands.length === 0) return undefined;
      return { program: name, value: '', isRecursive: false, paths: operands.map(absolute), text };
    case 'ln': {
      const letters = options.join('').replaceAll('-', '');
      const isForced = letters.length === 3 && ['s', 'f', 'n'].every(it => letters.includes(it));
      if (!isForced || operands.length !== 2) return undefined;
      return { program: name, value: '', isRecursive: false, paths: [absolute(operands[1] ?? '')], text };
    }
    default:
      return undefined;
  }
}

const isBelow = (at: string, directory: string): boolean =>
  directory === '/' || at.startsWith(`${directory}/`);

/** Returns those of `repeats` that set attributes of what is at `at`. */
export const repeatsAt = (repeats: readonly Repeat[], at: string): readonly Repeat[] =>
  repeats.filter(
    ({ program, isRecursive, paths }) =>
      program !== 'mkdir' &&
      program !== 'ln' &&
      paths.some(operand => operand === at || (isRecursive && isBelow(at, operand))),
  );

export interface Touched {
  readonly at: string;
  readonly isGone: boolean;
  readonly isLink: boolean;
  readonly isDirectory: boolean;
}

/** Returns a command that may do something else the second time when `touched` is synced; undefined if there is none. */
export const findUnrepeatable = (repeats: readonly Repeat[], touched: Touched): Repeat | undefined =>
  repeats.find(({ program, paths }) => paths.some(operand => isInTheWay(program, operand, touched)));

function isInTheWay(
  program: Repeat['program'],
  operand: string,
  { at, isGone, isLink, isDirectory }: Touched,
): boolean {
  const isAtOrBelow = operand === at || isBelow(operand, at);
  switch (program) {
    case 'ln':
      return isAtOrBelow ? operand === at || isGone || !isDirectory : isBelow(at, operand);
    case 'mkdir':
      return isAtOrBelow && (isGone || !isDirectory);
    case 'chmod':
    case 'chown':
    case 'chgrp':
      // On a file that is gone the command fails in a build; on a link it changes what the link leads to.
      return isAtOrBelow && (isGone || isLink || (operand !== at && !isDirectory));
  }
}
