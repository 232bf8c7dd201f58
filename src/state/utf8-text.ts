import { isUtf8 } from 'node:buffer';

/** Returns the reason for which a builder that reads text as bytes cannot read `bytes`; undefined if it can. */
export function problemOfEncoding(bytes: Uint8Array): string | undefined {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  return mark === 0xfffe || mark === 0xfeff ? 'it is in UTF-16: save it as UTF-8' : undefined;
}

/**
 * Returns the reason for which `bytes` are no text in UTF-8; undefined if they are. Decoded all the same, each wrong byte would be
 * another character.
 */
export const problemOfText = (bytes: Uint8Array): string | undefined =>
  problemOfEncoding(bytes) ?? (isUtf8(bytes) ? undefined : 'it is not in UTF-8: save it as that');

/** The same of a file of variables: lines that are comments may be in any encoding, as docker compose reads them. */
export const problemOfVariables = (bytes: Uint8Array): string | undefined =>
  problemOfEncoding(bytes) ??
  problemOfText(
    Buffer.from(
      Buffer.from(bytes)
        .toString('latin1')
        .replace(/^[ \t]*#.*/gm, ''),
      'latin1',
    ),
  );

/** The text of a file without the byte order mark that editors put before it. */
export const decodeText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
