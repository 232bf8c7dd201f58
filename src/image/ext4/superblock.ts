/** Facts from the superblock of an ext2, ext3 or ext4 file system. */
export interface Superblock {
  readonly kind: 'ext2' | 'ext3' | 'ext4';
  readonly label: string;
  readonly uuid: string;
  readonly sizeBytes: number;
  readonly freeBytes: number;
  /** True if it was unmounted and no check has found errors in it since. */
  readonly isClean: boolean;
}

/** Offset of the superblock in its file system, and its length. */
export const superblockAt = 1024;
export const superblockBytes = 1024;

const compat = { journal: 0x4 } as const;
const incompat = { needsRecovery: 0x4, extents: 0x40, is64Bit: 0x80, flexBg: 0x200 } as const;

function formatUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Parses the 1024 bytes of a superblock; undefined if they are not one. Offsets: ext4(5), struct ext4_super_block. */
export function parseSuperblock(bytes: Buffer): Superblock | undefined {
  if (bytes.length < superblockBytes || bytes.readUInt16LE(56) !== 0xef53) return undefined;
  const blockShift = bytes.readUInt32LE(24);
  if (blockShift > 6) return undefined;
  const blockBytes = 1024 * 2 ** blockShift;
  const has = bytes.readUInt32LE(92);
  const needs = bytes.readUInt32LE(96);
  const is64Bit = (needs & incompat.is64Bit) !== 0;
  const count = (low: number, high: number): number =>
    bytes.readUInt32LE(low) + (is64Bit ? bytes.readUInt32LE(high) * 2 ** 32 : 0);
  const isExt4 = (needs & (incompat.extents | incompat.is64Bit | incompat.flexBg)) !== 0;
  const state = bytes.readUInt16LE(58);
  return {
    kind: isExt4 ? 'ext4' : (has & compat.journal) !== 0 ? 'ext3' : 'ext2',
    label: bytes.toString('utf8', 120, 136).replace(/\0.*$/su, ''),
    uuid: formatUuid(bytes.subarray(104, 120)),
    sizeBytes: count(4, 336) * blockBytes,
    freeBytes: count(12, 344) * blockBytes,
    isClean: (state & 1) !== 0 && (state & 2) === 0 && (needs & incompat.needsRecovery) === 0,
  };
}
