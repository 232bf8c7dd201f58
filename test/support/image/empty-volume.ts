/** A small volume, written by hand so that this test needs no tool: `kind` with 512-byte clusters. */
export function emptyVolume(
  kind: 'fat16' | 'fat32',
  sectors = 4400,
  fatSectors = kind === 'fat16' ? 18 : 35,
): Buffer {
  const bytes = Buffer.alloc(sectors * 512);
  bytes.write('mkfs.fat', 3, 'latin1');
  bytes.writeUInt16LE(512, 11);
  bytes.writeUInt8(1, 13);
  bytes.writeUInt16LE(kind === 'fat16' ? 1 : 32, 14);
  bytes.writeUInt8(2, 16);
  bytes.writeUInt16LE(kind === 'fat16' ? 512 : 0, 17);
  bytes.writeUInt16LE(sectors, 19);
  bytes.writeUInt16LE(0xaa55, 510);
  if (kind === 'fat16') bytes.writeUInt16LE(fatSectors, 22);
  else {
    bytes.writeUInt32LE(fatSectors, 36);
    bytes.writeUInt32LE(2, 44);
  }
  for (const copy of [0, 1]) {
    const at = (kind === 'fat16' ? 1 : 32) * 512 + copy * fatSectors * 512;
    if (kind === 'fat16') bytes.writeUInt32LE(0xfffffff8, at);
    else
      [0x0ffffff8, 0x0fffffff, 0x0ffffff8].forEach((value, index) =>
        bytes.writeUInt32LE(value, at + index * 4),
      );
  }
  return bytes;
}
