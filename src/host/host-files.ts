/**
 * The one port through which the host OS's files are read and written, on a device (SSH) or inside an image (FAT).
 *
 * Every path is absolute and normalised, as the running device names it: `/mnt/boot/config.json`. Another path is a defect
 * (TypeError). An image has `/mnt/boot` alone: elsewhere nothing exists, and writing is refused.
 *
 * Failures are OsErrors that name the path: `host-refused` (permission, read-only file system, a directory in a file's
 * place, or the reverse), `no-space`, `busy`, `connection-lost`. Aborting `signal` rejects with its reason.
 */
import { OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';

export interface HostFileOptions {
  readonly signal?: AbortSignal;
}

export interface HostWriteOptions extends HostFileOptions {
  /** Permission bits of the file, e.g. 0o600; ignored if the file system has none (FAT). The owner is root. */
  readonly mode: number;
  /** Writes only while the file holds exactly this, else throws OsError `busy`. Default: whatever the file holds. */
  readonly replaces?: Uint8Array;
}

export interface HostStat {
  readonly kind: 'file' | 'directory' | 'other';
  /** Size of a file; 0 for other types. */
  readonly sizeBytes: number;
  /** Permission bits. On a file system without any, those of the mount (a device) or 0o755 (an image). */
  readonly mode: number;
  /** Last change of the content in ms since the epoch. FAT counts in steps of two seconds. */
  readonly modifiedMs: number;
}

export interface HostEntry {
  readonly name: string;
  readonly kind: HostStat['kind'];
  readonly sizeBytes: number;
}

export interface HostFiles {
  /**
   * Reads the whole content of a file; undefined if nothing exists at `path`. Completes an interrupted write first, if
   * the OS has a tool for that (fatrw). Follows symbolic links. More than 16 MiB is `host-refused`.
   */
  read(path: string, options?: HostFileOptions): Promise<Buffer | undefined>;

  /**
   * Replaces the content of a file, or makes the file and the directories above it that are missing.
   *
   * A reader meanwhile, and the device after a power cut at any moment, find the whole old content or the whole new one
   * under `path`. Resolves once the new content is on the medium. A failure leaves the old content, and no other file
   * behind. The temporary file lies in the same directory under a name that begins with a dot, which every reader of
   * these directories ignores.
   */
  writeAtomically(path: string, content: Uint8Array, options: HostWriteOptions): Promise<void>;

  /**
   * Lists the entries of a directory in the byte order of their names, without `.` and `..`; empty if nothing exists
   * there.
   */
  list(directory: string, options?: HostFileOptions): Promise<readonly HostEntry[]>;

  /** Removes a file, durably. False if nothing exists at `path`. A directory is refused. */
  remove(path: string, options?: HostFileOptions): Promise<boolean>;

  /** Follows symbolic links; undefined if nothing exists at `path`. */
  stat(path: string, options?: HostFileOptions): Promise<HostStat | undefined>;
}

/** The most that `read` returns, in bytes. */
export const maxHostFileBytes = 16 * 1024 * 1024;

/** The error of `writeAtomically` if the file is not as the caller knows it. */
export const changedMeanwhile = (file: string): OsError =>
  new OsError('busy', `${sanitizeLine(file)} was changed by somebody else in the meantime`, {
    hint: 'try again: nothing was written',
  });
