import { isUtf8 } from 'node:buffer';

/** Larger files are taken as data: nobody edits them. */
export const textLimitBytes = 10_000_000;

/** CRLF as LF, in text; anything that is not plain UTF-8 text comes back as it is. */
export function toUnixLineEndings(content: Buffer): Buffer {
  if (!content.includes('\r\n') || content.includes(0) || !isUtf8(content)) return content;
  return Buffer.from(content.toString('utf8').replaceAll('\r\n', '\n'));
}
