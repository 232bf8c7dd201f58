/** The safety ladder: which drives may be overwritten, and what a person has to confirm first. Pure. */
import { formatBytes } from '../../core/units.ts';
import type { Drive } from './drive.ts';

export interface DriveAssessment {
  /** Reason why the drive is never written to; undefined if it may be. */
  readonly refusal: string | undefined;
  /** Reason why its name has to be typed; undefined if a yes is enough. */
  readonly needsName: string | undefined;
  /** Mount points to unmount first, the deepest first. */
  readonly unmounts: readonly string[];
}

export interface AssessOptions {
  /** Device numbers (`8:1`) of the image's own drive. */
  readonly imageDevices: readonly string[];
  /** Real path of the image file. */
  readonly imagePath?: string;
  /** The size of the image, or a lower bound of it. */
  readonly imageBytes?: number;
}

/** Drives above this are rarely cards or sticks. */
const largeBytes = 256 * 1024 ** 3;

/** Directories in which desktops and people mount removable drives. Any other mount may belong to the system. */
const temporaryMounts = /^\/(?:media|run\/media|mnt|Volumes)(?:\/|$)/;

const special = /^(?:mmcblk\d+(?:boot\d+|rpmb)|zram\d+|ram\d+|sr\d+|fd\d+|nbd\d+|mtdblock\d+)$/;

const memberNames: Readonly<Record<string, string>> = {
  crypto_LUKS: 'an encrypted volume (LUKS)',
  LVM2_member: 'a part of an LVM volume group',
  linux_raid_member: 'a part of a RAID',
  bcache: 'a part of a bcache',
  zfs_member: 'a part of a ZFS pool',
};

function findRefusal(
  drive: Drive,
  { imageDevices, imagePath, imageBytes }: AssessOptions,
): string | undefined {
  const { name, kind, sizeBytes, mountPoints, holders, members } = drive;
  if (special.test(name) || kind === 'other') return 'it is not a drive that an OS is flashed to';
  if (sizeBytes === 0) return 'there is no card in it';
  const system = mountPoints.find(mountPoint => !temporaryMounts.test(mountPoint));
  if (system !== undefined) return `this system uses it: ${system} is mounted from it`;
  if (drive.isSwap) return 'this system swaps to it';
  const [holder] = holders;
  if (holder !== undefined) return `it is in use by ${holder.name} (${holder.kind})`;
  const [member] = members;
  if (member !== undefined) return `it holds ${memberNames[member] ?? member}`;
  if (drive.deviceNumbers.some(number => imageDevices.includes(number))) return 'the image lies on it';
  if (drive.backingFile !== undefined && drive.backingFile === imagePath) return 'it is the image itself';
  if (drive.isReadOnly) return 'it is locked: read-only';
  if (imageBytes !== undefined && imageBytes > sizeBytes)
    return `it is too small: ${formatBytes(sizeBytes)}, and the image has ${formatBytes(imageBytes)}`;
  if (mountPoints.length > 0 && !drive.isRemovable)
    return `${mountPoints.join(', ')} is mounted from it, and it is not removable`;
  return undefined;
}

export function assessDrive(drive: Drive, options: AssessOptions): DriveAssessment {
  const needsName = !drive.isRemovable
    ? 'it is not removable'
    : drive.sizeBytes > largeBytes
      ? `it is larger than cards are (${formatBytes(drive.sizeBytes)})`
      : undefined;
  return {
    refusal: findRefusal(drive, options),
    needsName,
    unmounts: [...drive.mountPoints].sort((a, b) => b.length - a.length),
  };
}
