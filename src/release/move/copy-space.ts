/** The space that copies of volumes take on a device, checked before anything is stopped for them. */
import { OsError } from '../../core/errors.ts';
import { spaceHint } from '../../core/full-disk.ts';
import { formatBytes } from '../../core/units.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Move } from './move-runner.ts';

/** A device with less free space than this is hardly usable. */
const reserveBytes = 20_000_000;
/** Less than this is copied also to such a device, if it fits. */
const smallBytes = 10_000_000;

export interface CopySpace {
  /** The device, for messages. */
  readonly where: string;
  /** Returns the bytes free where the engine stores volumes; undefined if they cannot be determined. */
  readonly readFreeBytes: (signal: AbortSignal) => Promise<number | undefined>;
  /** Returns what a copy of each of `directories` on the device takes; undefined if that cannot be determined. */
  readonly readCopiedBytes: (
    directories: readonly string[],
    signal: AbortSignal,
  ) => Promise<readonly number[] | undefined>;
  readonly signal: AbortSignal;
}

/**
 * Throws OsError `no-space`, with the sizes, where the volumes of a move cannot all be copied: the old ones stay. Half copies of an
 * earlier push count as free, as they are removed first. A device that does not report its sizes passes.
 */
export async function checkCopySpace(
  engine: Pick<Engine, 'findVolume'>,
  { project, copies }: Pick<Move, 'project' | 'copies'>,
  { where, readFreeBytes, readCopiedBytes, signal }: CopySpace,
): Promise<void> {
  if (copies.length === 0) return;
  const directoryOf = async (name: string): Promise<string | undefined> =>
    (await engine.findVolume(name, signal))?.mountPoint;
  const sources = await Promise.all(copies.map(({ from }) => directoryOf(from)));
  const halfCopies = await Promise.all(copies.map(({ to }) => directoryOf(to.Name)));
  if (sources.includes(undefined)) return;
  const directories = [...sources, ...halfCopies].filter(it => it !== undefined);
  const [freeBytes, copiedBytes] = await Promise.all([
    readFreeBytes(signal),
    readCopiedBytes(directories, signal),
  ]);
  if (freeBytes === undefined || copiedBytes === undefined) return;
  const sizes = copiedBytes.slice(0, sources.length);
  const [copied, given] = [sumOf(sizes), sumOf(copiedBytes.slice(sources.length))];
  const neededBytes = copied + (copied < smallBytes ? 0 : reserveBytes);
  if (freeBytes + given >= neededBytes) return;
  const each = copies.map(({ from }, index) => `${from} ${formatBytes(sizes[index] ?? 0)}`).join(', ');
  throw new OsError(
    'no-space',
    `${where} has ${formatBytes(freeBytes + given)} free; copying the volumes of ${project} (${each}) needs about ${formatBytes(neededBytes)}`,
    {
      hint: `${spaceHint}; or move ${project} without its data, which stays where it is: --no-copy-volumes`,
    },
  );
}

const sumOf = (sizes: readonly number[]): number => sizes.reduce((sum, bytes) => sum + bytes, 0);
