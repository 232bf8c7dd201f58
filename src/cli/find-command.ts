import { OsError } from '../core/errors.ts';
import { findNearest } from '../core/nearest.ts';

export interface FoundCommand {
  /** The words of the command or topic; none when no word was typed. */
  readonly words: readonly string[];
  /** The number of words of the command line that `words` takes up (`emulator:up` is one). */
  readonly length: number;
  /** False: `words` is a topic, the start of several commands. */
  readonly isCommand: boolean;
}

const versionHint = 'did you mean `os --version`?';

const unknown = (words: readonly string[], ids: readonly string[][]): OsError => {
  const known = words.slice(0, -1);
  const typed = words.at(-1) ?? '';
  const inTopic = ids.filter(id => known.every((word, i) => id[i] === word));
  const next = findNearest(
    typed,
    inTopic.map(id => id[known.length] ?? ''),
  );
  const sameEnd = known.length === 0 ? ids.find(id => id.at(-1) === typed) : undefined;
  const suggestion = sameEnd ?? (next === undefined ? undefined : [...known, next]);
  return new OsError('usage', `no such command: ${['os', ...words].join(' ')}`, {
    hint:
      words.join() === 'version'
        ? versionHint
        : suggestion === undefined
          ? `see \`${['os', ...known].join(' ')} --help\``
          : `did you mean \`os ${suggestion.join(' ')}\`?`,
  });
};

/**
 * Finds the command or topic that `argv` starts with, among `ids` (`scan`, `emulator:up`). Throws OsError `usage`
 * naming the nearest one if there is none.
 */
export function findCommand(ids: readonly string[], argv: readonly string[]): FoundCommand {
  const known = ids.map(id => id.split(':'));
  const [first = ''] = argv;
  if (first.startsWith('-'))
    throw new OsError('usage', `a command is missing before ${first}`, {
      hint: /^-v$/i.test(first) ? versionHint : `write flags after the command: \`os COMMAND ${first}\``,
    });
  let words: string[] = [];
  let length = 0;
  for (const typed of argv) {
    if (typed.startsWith('-')) break;
    length += 1;
    for (const word of typed.split(':')) {
      const longer = [...words, word];
      const matching = known.filter(id => longer.every((part, i) => id[i] === part));
      if (matching.length === 0) throw unknown(longer, known);
      words = longer;
      if (matching.some(id => id.length === longer.length)) return { words, length, isCommand: true };
    }
  }
  return { words, length, isCommand: false };
}
