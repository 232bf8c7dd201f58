import { shellQuote } from '../core/shell-quote.ts';

/**
 * The line of shell that runs `words` on a device: several words arrive there exactly as they are, a single one is
 * shell itself (`'ls | wc -l'`); undefined for no words.
 */
export function toCommandLine(words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  return words.length === 1 ? words[0] : words.map(shellQuote).join(' ');
}
