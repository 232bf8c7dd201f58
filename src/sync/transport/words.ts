/** Text for a shell, as strings whose characters are bytes: names and contents need not be UTF-8. */
import { shellQuote } from '../../core/shell-quote.ts';

/** `path` as a word. Absolute, so that it is never taken for an option. */
export const word = (path: string): string => shellQuote(Buffer.from(path).toString('latin1'));

export const words = (paths: readonly string[]): string => paths.map(word).join(' ');

/** A file this large goes as bytes; a shell reads a script character by character. */
const textLimitBytes = 64 * 1024;

/** `content` as a word that `printf %b` prints, or undefined where that would be much longer than it is. */
export function textWord(content: Buffer): string | undefined {
  if (content.length > textLimitBytes) return undefined;
  const text = content
    .toString('latin1')
    .replaceAll('\\', '\\\\')
    .replaceAll('\0', '\\0000')
    .replaceAll("'", `'\\''`);
  return text.length > 2 * content.length + 64 ? undefined : `'${text}'`;
}

/** What `textWord` has to carry: every byte, and what could be taken for more of an escape. */
export const everyByte = Buffer.concat([Buffer.from([0, 0x31]), Buffer.from([...Array(256).keys()])]);
