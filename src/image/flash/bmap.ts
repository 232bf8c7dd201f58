/** Block maps of bmaptool: which blocks of an image matter, and the checksum of each range. */
import { createHash, type Hash } from 'node:crypto';
import { OsError } from '../../core/errors.ts';
import type { Span } from './write-plan.ts';

export interface Bmap {
  readonly imageBytes: number;
  readonly blockBytes: number;
  readonly algorithm: 'sha1' | 'sha256';
  readonly ranges: readonly (Span & { readonly checksum: string | undefined })[];
}

const invalid = (path: string, what: string): OsError =>
  new OsError('image-invalid', `the block map ${path} cannot be used: ${what}`, {
    hint: 'add --no-bmap to write the whole image',
  });

/** Parses a block map of version 1 or 2. Throws OsError `image-invalid` if it is damaged. */
export function parseBmap(text: string, path: string): Bmap {
  const valueOf = (name: string): string | undefined =>
    new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(text)?.[1];
  const sizeOf = (name: string): number => {
    const value = Number(valueOf(name));
    if (!Number.isSafeInteger(value) || value <= 0) throw invalid(path, `it has no ${name}`);
    return value;
  };
  if (!/<bmap\s[^>]*version="[12]\./.test(text)) throw invalid(path, 'its version is unknown');
  const algorithm = (valueOf('ChecksumType') ?? 'sha1').toLowerCase();
  if (algorithm !== 'sha1' && algorithm !== 'sha256') throw invalid(path, `its checksums are ${algorithm}`);
  const own = valueOf('BmapFileChecksum') ?? valueOf('BmapFileSHA1');
  if (
    own !== undefined &&
    createHash(algorithm)
      .update(text.replace(own, '0'.repeat(own.length)))
      .digest('hex') !== own
  )
    throw invalid(path, 'its own checksum is wrong');
  const imageBytes = sizeOf('ImageSize');
  const blockBytes = sizeOf('BlockSize');
  const ranges = [...text.matchAll(/<Range([^>]*)>\s*(\d+)(?:\s*-\s*(\d+))?\s*<\/Range>/g)].map(
    ([, attributes = '', first = '', last]) => ({
      start: Number(first) * blockBytes,
      // The last block may be cut off by the end of the image.
      end: Math.min((Number(last ?? first) + 1) * blockBytes, imageBytes),
      checksum: /(?:chksum|sha1)="([0-9a-f]+)"/.exec(attributes)?.[1],
    }),
  );
  ranges.forEach(({ start, end }, index) => {
    if (end <= start || start < (ranges[index - 1]?.end ?? 0))
      throw invalid(path, 'its ranges are out of order');
  });
  return { imageBytes, blockBytes, algorithm, ranges };
}

/**
 * Checks the bytes of an image, in their order, against the ranges of `bmap`. Throws OsError `image-invalid` at the end
 * of a range that differs.
 */
export function createBmapCheck(
  { ranges, algorithm }: Bmap,
  path: string,
): (bytes: Buffer, offset: number) => void {
  let index = 0;
  let hash: Hash = createHash(algorithm);
  return (bytes, offset) => {
    for (;;) {
      const range = ranges[index];
      if (range === undefined || range.start >= offset + bytes.length) return;
      const from = Math.max(range.start, offset) - offset;
      const to = Math.min(range.end, offset + bytes.length) - offset;
      hash.update(bytes.subarray(from, to));
      if (range.end > offset + bytes.length) return;
      if (range.checksum !== undefined && hash.digest('hex') !== range.checksum)
        throw new OsError(
          'image-invalid',
          `${path} is not what its block map describes: bytes ${range.start.toString()} to ${range.end.toString()} differ`,
          { hint: 'download both again' },
        );
      hash = createHash(algorithm);
      index += 1;
    }
  };
}

/** Possible paths of the block map of `imagePath`, in order: `x.img.gz.bmap`, `x.img.bmap`, `x.bmap`. */
export function bmapPaths(imagePath: string): readonly string[] {
  const plain = imagePath.replace(/\.(?:gz|xz|zip|zst)$/i, '');
  return [...new Set([`${imagePath}.bmap`, `${plain}.bmap`, `${plain.replace(/\.[^./]+$/, '')}.bmap`])];
}
