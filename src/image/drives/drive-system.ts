import type { Drive } from './drive.ts';

/** The drives of this machine, as far as flashing needs them. */
export interface DriveSystem {
  /** All drives, also those that are never written to. */
  list(signal: AbortSignal): Promise<readonly Drive[]>;
  /**
   * Distinguishes what a card is in from what may be plugged in at the same place: the same with every card of one reader,
   * and another for another reader, stick or disk, as far as the system tells.
   */
  readerOf(drive: Drive): string;
  /** Device numbers (`8:1`) that the file or drive `path` lies on, as far as the system reports them. */
  devicesOf(path: string): Promise<readonly string[]>;
  unmount(mountPoint: string, signal: AbortSignal): Promise<void>;
  /** Drops the system's cache of the drive. */
  dropCache(path: string): Promise<void>;
  /** Has the system read the partition table again; ignores a failure. */
  rereadTable(path: string): Promise<void>;
  /** The file through which the drive `path` is written and read past the system's memory of it. */
  writePath(path: string): string;
}
