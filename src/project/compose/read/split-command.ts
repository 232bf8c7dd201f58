/** A command in one text, in words as compose has them (github.com/mattn/go-shellwords, v1.0.12). No shell reads it. */

export interface CommandWords {
  readonly words: readonly string[];
  /** From a sign of the shell on: compose drops it without a word. */
  readonly dropped: string;
}

export interface CommandProblem {
  readonly problem: string;
}

const isBlank = (char: string): boolean => /[ \t\r\n]/.test(char);

const escaped = (char: string): string => (char === 'n' ? '\n' : char === 't' ? '\t' : char);

type Span = '"' | "'" | '`' | ')';

/** Escapes count everywhere but in single quotes; what is in backquotes or `$()` stays one word, with its signs. */
export function splitCommand(text: string): CommandWords | CommandProblem {
  const words: string[] = [];
  let word: string | undefined;
  let open: Span | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const isInQuotes = open === '"' || open === "'";
    if (char === '\\' && open !== "'") {
      i += 1;
      if (i === text.length) return { problem: 'ends in a backslash, which stands for nothing' };
      word = (word ?? '') + escaped(text.charAt(i));
    } else if (char === open) {
      open = undefined;
      word = (word ?? '') + (isInQuotes ? '' : char);
    } else if (open !== undefined && !(open === ')' && char === '(')) word = (word ?? '') + char;
    else if (isBlank(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === '"' || char === "'") {
      open = char;
      word ??= '';
    } else if (char === '(' || char === ')') {
      if (char === ')' || open !== undefined || word?.endsWith('$') !== true)
        return { problem: `has a "${char}" outside of quotes` };
      open = ')';
      word += char;
    } else if (/[;&|<>]/.test(char)) {
      // The number of a descriptor belongs to its redirection.
      if (word !== undefined && !(char === '>' && /^\d/.test(word))) words.push(word);
      return { words, dropped: text.slice(i).trim() };
    } else {
      if (char === '`') open = char;
      word = (word ?? '') + char;
    }
  }
  if (open !== undefined)
    return { problem: open === ')' ? 'has a "$(" that is not closed' : 'has a quote that is not closed' };
  if (word !== undefined) words.push(word);
  return { words, dropped: '' };
}
