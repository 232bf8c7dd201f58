import { OsError } from '../../core/errors.ts';

export type ImageFormat = 'raw' | 'gzip' | 'xz' | 'zip' | 'zstd';

/** The bytes at the beginning of a file that its format is recognised by. */
export const formatProbeBytes = 512;

const magics: readonly (readonly [ImageFormat, string])[] = [
  ['gzip', '1f8b08'],
  ['xz', 'fd377a585a00'],
  ['zip', '504b0304'],
  ['zip', '504b0506'],
  ['zip', '504b0708'],
  ['zstd', '28b52ffd'],
];

const refused: readonly (readonly [string, string])[] = [
  ['425a68', 'bzip2'],
  ['377abcaf271c', '7-Zip'],
  ['526172211a07', 'RAR'],
  ['514649fb', 'QCOW2'],
  ['04224d18', 'LZ4'],
];

/** True for a frame that zstd skips; pzstd and others begin files with one. */
const isSkippableFrame = (head: Buffer): boolean =>
  head.length >= 8 && (head.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50;

/**
 * Detects the format of the file `path` from its first bytes `head`, never from its name. A file in none of the
 * compressed formats is `raw`. Throws OsError `image-invalid` for a format that is known and not supported.
 */
export function detectFormat(head: Buffer, path: string): ImageFormat {
  const hex = head.toString('hex');
  const magic = magics.find(([, start]) => hex.startsWith(start));
  if (magic !== undefined) return magic[0];
  if (isSkippableFrame(head)) return 'zstd';
  const known = refused.find(([start]) => hex.startsWith(start));
  if (known !== undefined)
    throw new OsError('image-invalid', `cannot read ${path}: ${known[1]} files are not supported`, {
      hint: 'unpack it first; gzip, xz, zip, zstd and raw images are read as they are',
    });
  return 'raw';
}
