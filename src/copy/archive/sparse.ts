/** The map of a sparse file in GNU tar's own format (gnu.org/software/tar/manual, "Old GNU Format"). */
import { type ByteSource, CutOff } from './byte-source.ts';
import { readNumber } from '../../files/tar-fields.ts';

/** A part of a file that holds data. */
export interface Extent {
  readonly at: number;
  readonly sizeBytes: number;
}

const pairBytes = 24;
const [pairsAt, isExtendedAt, realSizeAt] = [386, 482, 483];
const [pairsInHeader, pairsInBlock] = [4, 21];

/** `heldBytes` is what the archive holds of it. Throws CutOff where the map does not fit that. */
export async function readExtents(
  block: Buffer,
  source: ByteSource,
  heldBytes: number,
): Promise<{ readonly extents: readonly Extent[]; readonly sizeBytes: number }> {
  const damaged = (): CutOff => new CutOff('the map of a sparse file is damaged');
  const sizeBytes = readNumber(block, realSizeAt, 12);
  const extents: Extent[] = [];
  let [end, sum] = [0, 0];
  const add = (from: Buffer, start: number, pairs: number): void => {
    for (let i = 0; i < pairs; i += 1) {
      const at = start + i * pairBytes;
      if (from[at] === 0) return;
      const extent = { at: readNumber(from, at, 12), sizeBytes: readNumber(from, at + 12, 12) };
      if (!(extent.at >= end && extent.sizeBytes >= 0)) throw damaged();
      end = extent.at + extent.sizeBytes;
      sum += extent.sizeBytes;
      if (extent.sizeBytes > 0) extents.push(extent);
    }
  };
  add(block, pairsAt, pairsInHeader);
  let isExtended = block[isExtendedAt] !== 0;
  while (isExtended) {
    const more = await source.need(512);
    add(more, 0, pairsInBlock);
    isExtended = more[pairsInBlock * pairBytes] !== 0;
    // A million parts are more than a device has reason to send.
    if (extents.length > 1_000_000) throw damaged();
  }
  if (sum !== heldBytes || !Number.isSafeInteger(sizeBytes) || !(end <= sizeBytes)) throw damaged();
  return { extents, sizeBytes };
}
