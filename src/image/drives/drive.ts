/** A drive of this machine, as the system describes it. */
export interface Drive {
  /** `/dev/sdb` */
  readonly path: string;
  /** `sdb`: the text that a person types to confirm. */
  readonly name: string;
  /** Device numbers (`8:16`) of the drive, its partitions, and the devices built on them. */
  readonly deviceNumbers: readonly string[];
  readonly kind: 'disk' | 'loop' | 'other';
  /** `usb`, `sd`, `mmc`, `nvme`, `sata`, …; undefined if the system does not report it. */
  readonly bus: string | undefined;
  readonly model: string | undefined;
  readonly serial: string | undefined;
  readonly sizeBytes: number;
  /** The unit of reading and writing. */
  readonly sectorBytes: number;
  /** True for cards, sticks and other removable drives. */
  readonly isRemovable: boolean;
  readonly isReadOnly: boolean;
  readonly mountPoints: readonly string[];
  readonly isSwap: boolean;
  /** Active users of the drive's blocks: LUKS, LVM, RAID, loop devices, by name and kind. */
  readonly holders: readonly { readonly name: string; readonly kind: string }[];
  /** Kinds of members found on it: `crypto_LUKS`, `LVM2_member`, `linux_raid_member`, … */
  readonly members: readonly string[];
  /** The file behind a loop device. */
  readonly backingFile: string | undefined;
}

/** Distinguishes a drive from another that is plugged in at the same place. */
export const identityOf = ({ path, serial, model, sizeBytes, deviceNumbers }: Drive): string =>
  JSON.stringify([path, serial, model, sizeBytes, deviceNumbers[0]]);
