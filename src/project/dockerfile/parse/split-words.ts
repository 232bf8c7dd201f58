/** Words of an instruction, split as the classic builder splits them. Quotes and escapes stay in the words. */

const blank = /[\t\v\f\r ]+/;

export const splitAtBlanks = (text: string): string[] => text.split(blank).filter(it => it !== '');

/** Splits words of ENV, ARG and LABEL: blanks within quotes, and escaped ones, are part of a word. */
export function splitQuoted(text: string, escape: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (quote === '' && /\s/.test(char)) {
      if (word !== '') words.push(word);
      word = '';
    } else if (char === escape && quote !== "'") {
      // The last sign of a text escapes nothing.
      if (i + 1 < text.length) word += char + text.charAt(i + 1);
      i += 1;
    } else {
      if (char === quote) quote = '';
      else if (quote === '' && (char === '"' || char === "'")) quote = char;
      word += char;
    }
  }
  if (word !== '') words.push(word);
  return words;
}

export interface WrittenFlag {
  readonly name: string;
  readonly value: string | undefined;
}

/** `--from=build --chown=1:1 a b` → the flags, and what follows them. */
export function splitFlags(text: string): { readonly flags: readonly WrittenFlag[]; readonly rest: string } {
  const flags: WrittenFlag[] = [];
  let rest = text;
  for (;;) {
    const [whole, name, value] =
      /^--([a-zA-Z][\w-]*)(?:=((?:"[^"]*"|'[^']*'|[^\s"'])*))?(?:\s+|$)/.exec(rest) ?? [];
    if (whole === undefined || name === undefined) return { flags, rest };
    flags.push({ name, value: value?.replace(/^(["'])(.*)\1$/s, '$2') });
    rest = rest.slice(whole.length);
  }
}

/** A list of strings in JSON; undefined for anything else, which the builder takes for the other form. */
export function parseStrings(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(it => typeof it === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
