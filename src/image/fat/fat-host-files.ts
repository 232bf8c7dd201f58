import { OsError } from '../../core/errors.ts';
import {
  changedMeanwhile,
  maxHostFileBytes,
  type HostEntry,
  type HostFiles,
  type HostStat,
} from '../../host/host-files.ts';
import type { FatDirectory, FatEntry } from './directory.ts';
import { findDirectory, findPath, readFileOf, type FatVolume, type WritableVolume } from './read-volume.ts';
import { removeAt, writeFileAt } from './volume-writer.ts';

/** Mount point of the boot partition on a running device. */
const bootDirectory = '/mnt/boot';
const directoryMode = 0o755;

const refuse = (path: string, reason: string): OsError =>
  new OsError('host-refused', `cannot use ${path}: ${reason}`);

/** Converts `path` to a path on the boot partition; undefined outside of it. */
function onBoot(path: string): string | undefined {
  if (!path.startsWith('/') || path.split('/').some(part => part === '.' || part === '..'))
    throw new TypeError(`not an absolute, normalised path: ${path}`);
  if (path === bootDirectory) return '';
  return path.startsWith(`${bootDirectory}/`) ? path.slice(bootDirectory.length + 1) : undefined;
}

function toStat({
  isDirectory,
  sizeBytes,
  modifiedMs,
}: Pick<FatEntry, 'isDirectory' | 'sizeBytes' | 'modifiedMs'>): HostStat {
  return {
    kind: isDirectory ? 'directory' : 'file',
    sizeBytes: isDirectory ? 0 : sizeBytes,
    mode: directoryMode,
    modifiedMs,
  };
}

const toEntry = ({ name, isDirectory, sizeBytes }: FatEntry): HostEntry => ({
  name,
  kind: isDirectory ? 'directory' : 'file',
  sizeBytes: isDirectory ? 0 : sizeBytes,
});

const byBytes = (a: HostEntry, b: HostEntry): number =>
  Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));

type Reading = Pick<HostFiles, 'read' | 'list' | 'stat'>;

function readFrom(open: () => Promise<FatVolume>): Reading {
  return {
    async read(path, { signal } = {}) {
      signal?.throwIfAborted();
      const inside = onBoot(path);
      if (inside === undefined) return undefined;
      const volume = await open();
      const entry = await findPath(volume, inside);
      if (entry === undefined) return undefined;
      if (entry.isDirectory) throw refuse(path, 'it is a directory');
      if (entry.sizeBytes > maxHostFileBytes) throw refuse(path, 'it is too large');
      return Buffer.from(await readFileOf(volume, entry));
    },
    async list(path, { signal } = {}) {
      signal?.throwIfAborted();
      const inside = onBoot(path);
      if (inside === undefined) return [];
      const volume = await open();
      const directory: FatDirectory | undefined = await findDirectory(volume, inside);
      if (directory === undefined && (await findPath(volume, inside)) !== undefined)
        throw refuse(path, 'it is a file');
      return (directory?.entries ?? []).map(toEntry).sort(byBytes);
    },
    async stat(path, { signal } = {}) {
      signal?.throwIfAborted();
      const inside = onBoot(path);
      if (inside === undefined) return undefined;
      if (inside === '') return toStat({ isDirectory: true, sizeBytes: 0, modifiedMs: 0 });
      const entry = await findPath(await open(), inside);
      return entry === undefined ? undefined : toStat(entry);
    },
  };
}

/** Opens the files of a boot partition under the paths of the running device; `now` is the time of writes. */
export function openFatFiles(volume: WritableVolume, now: () => Date): HostFiles {
  return {
    ...readFrom(() => Promise.resolve(volume)),
    async writeAtomically(path, content, { signal, replaces }) {
      signal?.throwIfAborted();
      const inside = onBoot(path);
      if (inside === undefined) throw refuse(path, 'an image has /mnt/boot alone');
      if ((await findPath(volume, inside))?.isDirectory === true) throw refuse(path, 'it is a directory');
      if (replaces !== undefined && (await this.read(path))?.equals(replaces) !== true)
        throw changedMeanwhile(path);
      await writeFileAt(volume, inside, content, now());
    },
    async remove(path, { signal } = {}) {
      signal?.throwIfAborted();
      const inside = onBoot(path);
      if (inside === undefined) return false;
      if ((await findPath(volume, inside))?.isDirectory === true) throw refuse(path, 'it is a directory');
      return removeAt(volume, inside);
    },
  };
}
