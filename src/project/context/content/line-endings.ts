import { isUtf8 } from 'node:buffer';

/** Larger files count as data: nobody edits them. */
export const textLimitBytes = 10_000_000;

/** Converts CRLF to LF in text; returns anything that is not plain UTF-8 text unchanged. */
export function toUnixLineEndings(content: Buffer): Buffer {
  if (!content.includes('\r\n') || content.includes(0) || !isUtf8(content)) return content;
  return Buffer.from(content.toString('utf8').replaceAll('\r\n', '\n'));
}
