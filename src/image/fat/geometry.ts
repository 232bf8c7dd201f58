import { OsError } from '../../core/errors.ts';

/** Layout of a FAT volume; all offsets are bytes from its beginning. */
export interface FatGeometry {
  readonly kind: 'fat16' | 'fat32';
  readonly sectorBytes: number;
  readonly clusterBytes: number;
  readonly fatAt: number;
  /** The size of one copy of the FAT. */
  readonly fatBytes: number;
  readonly fatCopies: number;
  /** The only copy in use; undefined if all copies mirror each other. */
  readonly activeCopy: number | undefined;
  /** The root directory of FAT16, which has a fixed place. */
  readonly rootAt: number;
  readonly rootBytes: number;
  /** The root directory of FAT32, which is a chain of clusters like any other. */
  readonly rootCluster: number;
  readonly dataAt: number;
  /** Clusters that exist and have an entry in the FAT; they are numbered from 2. */
  readonly clusters: number;
  /** FAT32's sector with the number of free clusters. */
  readonly infoAt: number | undefined;
  /** The label in the boot sector, which is older than the one in the root directory; '' if there is none. */
  readonly bootLabel: string;
  /** The volume's serial number as eight hex digits, in the form of blkid: `1A2B-3C4D`. */
  readonly serial: string;
  /** True if the boot sector marks the volume as not unmounted. */
  readonly isDirty: boolean;
}

const smallestFat16 = 4085;
const mostFat16 = 65_524;
const mostFat32 = 0x0ffffff5;

const refuse = (reason: string, hint?: string): OsError =>
  new OsError(
    'image-invalid',
    `the boot partition cannot be used: ${reason}`,
    hint === undefined ? {} : { hint },
  );

const isPowerOfTwo = (value: number, least: number, most: number): boolean =>
  value >= least && value <= most && Number.isInteger(Math.log2(value));

/** True if `sector` looks like the boot sector of a FAT file system of any kind. */
export function isFatBootSector(sector: Buffer): boolean {
  if (sector.length < 512 || sector.readUInt16LE(510) !== 0xaa55) return false;
  return (
    isPowerOfTwo(sector.readUInt16LE(11), 512, 4096) &&
    isPowerOfTwo(sector.readUInt8(13), 1, 128) &&
    sector.readUInt16LE(14) > 0 &&
    sector.readUInt8(16) > 0
  );
}

/** Labels and names store 0xE5, which would mark a deleted slot, as 0x05. */
function readLabel(bytes: Buffer): string {
  const copy = Buffer.from(bytes);
  if (copy[0] === 0x05) copy[0] = 0xe5;
  const label = copy.toString('latin1').trimEnd();
  return label === 'NO NAME' ? '' : label;
}

const formatSerial = (value: number): string =>
  value
    .toString(16)
    .toUpperCase()
    .padStart(8, '0')
    .replace(/^(.{4})/, '$1-');

/**
 * Parses the boot sector of a volume in a partition of `partitionBytes`. A volume without a 16-bit FAT size is FAT32,
 * however few its clusters; any other with at least 4085 clusters is FAT16. Throws OsError `image-invalid` for anything
 * else.
 */
export function parseGeometry(sector: Buffer, partitionBytes: number): FatGeometry {
  if (sector.toString('latin1', 3, 11) === 'EXFAT   ') throw refuse('it is exFAT; FAT16 or FAT32 is needed');
  if (sector.toString('latin1', 3, 11) === 'NTFS    ') throw refuse('it is NTFS; FAT16 or FAT32 is needed');
  if (!isFatBootSector(sector)) throw refuse('its boot sector is not that of a FAT file system');
  const sectorBytes = sector.readUInt16LE(11);
  const reservedSectors = sector.readUInt16LE(14);
  const fatCopies = sector.readUInt8(16);
  const rootEntries = sector.readUInt16LE(17);
  const totalSectors = sector.readUInt16LE(19) || sector.readUInt32LE(32);
  const isFat32 = sector.readUInt16LE(22) === 0;
  const fatSectors = isFat32 ? sector.readUInt32LE(36) : sector.readUInt16LE(22);
  if (fatCopies > 4 || fatSectors === 0) throw refuse('its boot sector has impossible sizes');
  if (totalSectors * sectorBytes > partitionBytes)
    throw refuse(
      `its file system (${(totalSectors * sectorBytes).toString()} bytes) is larger than the partition \
(${partitionBytes.toString()} bytes)`,
    );
  const clusterBytes = sector.readUInt8(13) * sectorBytes;
  const rootSectors = Math.ceil((rootEntries * 32) / sectorBytes);
  const dataSector = reservedSectors + fatCopies * fatSectors + (isFat32 ? 0 : rootSectors);
  const counted = Math.floor(((totalSectors - dataSector) * sectorBytes) / clusterBytes);
  if (counted < 1) throw refuse('its boot sector has impossible sizes');
  if (!isFat32 && counted < smallestFat16)
    throw refuse('it is FAT12; FAT16 or FAT32 is needed', 'format it with `mkfs.vfat -F 16` or `-F 32`');
  if (!isFat32 && rootEntries === 0) throw refuse('it has no root directory');
  if (isFat32 && sector.readUInt16LE(42) !== 0) throw refuse('it is a version of FAT32 that nobody knows');
  const fatBytes = fatSectors * sectorBytes;
  const entries = Math.floor(fatBytes / (isFat32 ? 4 : 2));
  const clusters = Math.min(counted, entries - 2, isFat32 ? mostFat32 : mostFat16);
  if (clusters < 1) throw refuse('its FAT has no entries');
  const rootCluster = isFat32 ? sector.readUInt32LE(44) : 0;
  if (isFat32 && (rootCluster < 2 || rootCluster > clusters + 1))
    throw refuse('its root directory is nowhere');
  const mirroring = isFat32 ? sector.readUInt16LE(40) : 0;
  const activeCopy = (mirroring & 0x80) === 0 ? undefined : mirroring & 0xf;
  if (activeCopy !== undefined && activeCopy >= fatCopies)
    throw refuse('the copy of its FAT in use does not exist');
  const infoSector = isFat32 ? sector.readUInt16LE(48) : 0;
  const extended = isFat32 ? 64 : 36;
  const hasLabel = sector.readUInt8(extended + 2) === 0x29;
  return {
    kind: isFat32 ? 'fat32' : 'fat16',
    sectorBytes,
    clusterBytes,
    fatAt: reservedSectors * sectorBytes,
    fatBytes,
    fatCopies,
    activeCopy,
    rootAt: (reservedSectors + fatCopies * fatSectors) * sectorBytes,
    rootBytes: isFat32 ? 0 : rootEntries * 32,
    rootCluster,
    dataAt: dataSector * sectorBytes,
    clusters,
    infoAt: infoSector > 0 && infoSector < reservedSectors ? infoSector * sectorBytes : undefined,
    bootLabel: hasLabel ? readLabel(sector.subarray(extended + 7, extended + 18)) : '',
    serial: formatSerial(sector.readUInt32LE(extended + 3)),
    isDirty: (sector.readUInt8(extended + 1) & 1) !== 0,
  };
}
