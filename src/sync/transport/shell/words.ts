/** Text for a shell is in strings whose characters are bytes: names and contents need not be UTF-8. */
import { shellQuote } from '../../../core/shell-quote.ts';

/** Returns `path` as a word. It is absolute, so that it is never taken for an option. */
export const word = (path: string): string => shellQuote(Buffer.from(path).toString('latin1'));

export const words = (paths: readonly string[]): string => paths.map(word).join(' ');

/** A file this large goes as bytes; a shell reads a script character by character. */
export const textLimitBytes = 64 * 1024;

/** Returns `content` as a word that `printf %b` prints; undefined if that would be much longer. */
export function textWord(content: Buffer): string | undefined {
  if (content.length > textLimitBytes) return undefined;
  const text = content
    .toString('latin1')
    .replaceAll('\\', '\\\\')
    .replaceAll('\0', '\\0000')
    .replaceAll("'", `'\\''`);
  return text.length > 2 * content.length + 64 ? undefined : `'${text}'`;
}

/** Every byte that `textWord` has to carry, and a digit after an escape, which could be taken for more of it. */
export const everyByte = Buffer.concat([Buffer.from([0, 0x31]), Buffer.from([...Array(256).keys()])]);
