/** Reads an image in the order of its bytes, so that a compressed one is unpacked only as far as its consumer reads. */
import { OsError } from '../../core/errors.ts';
import type { BlockReader } from '../blocks/block-device.ts';
import { readWindow } from '../blocks/window.ts';
import { readLogicalPartitions } from '../tables/mbr.ts';
import { findMisplaced, type Partition, type PartitionTable } from '../tables/partition-table.ts';
import { readPartitionTable } from '../tables/read-table.ts';
import { readBootFacts, type BootFacts } from './boot-facts.ts';
import { identifyFileSystem, type FileSystem } from './file-system.ts';
import { roleOf, type PartitionRole } from './roles.ts';

export interface InspectedPartition extends Partition {
  readonly role: PartitionRole | undefined;
  /** Undefined if the partition reaches beyond the end of the image. */
  readonly fileSystem: FileSystem | undefined;
}

export type InspectStep =
  | { readonly type: 'table'; readonly table: PartitionTable }
  | { readonly type: 'partition'; readonly partition: InspectedPartition }
  | { readonly type: 'boot'; readonly boot: BootFacts }
  /** Faults of the table, found on the way. */
  | { readonly type: 'problems'; readonly problems: readonly string[] };

export interface InspectOptions {
  /** Called with the offset of the next partition: bytes before it are not read any more. */
  readonly onPassed?: (offset: number) => void;
}

const MiB = 1024 * 1024;

/** Explains an image whose first MiB is zeros: it may be the result of an interrupted flash. */
async function explainEmptyStart(device: BlockReader, error: unknown): Promise<unknown> {
  if (!(error instanceof OsError) || error.code !== 'image-invalid' || device.sizeBytes === undefined)
    return error;
  if (device.sizeBytes < 2 * MiB || !(await device.read(0, MiB)).every(byte => byte === 0)) return error;
  for (let at = MiB; at < Math.min(device.sizeBytes - MiB, 64 * MiB); at += MiB)
    if (!(await device.read(at, MiB)).every(byte => byte === 0))
      return new OsError(
        'image-invalid',
        'an unfinished flash: its first MiB is empty so that it does not boot, and data follows',
        { hint: 'flash it again', cause: error },
      );
  return error;
}

/** Reads the table of `device`. Reports an interrupted flash as such. */
export async function readTableOf(device: BlockReader): Promise<PartitionTable> {
  try {
    return await readPartitionTable(device);
  } catch (error) {
    throw await explainEmptyStart(device, error);
  }
}

async function inspectPartition(
  device: BlockReader,
  partition: Partition,
): Promise<readonly [InspectedPartition, BootFacts | undefined]> {
  const { startBytes, sizeBytes, name } = partition;
  if (device.sizeBytes !== undefined && startBytes + sizeBytes > device.sizeBytes)
    return [{ ...partition, role: roleOf(name), fileSystem: undefined }, undefined];
  const [fileSystem, volume] = await identifyFileSystem(readWindow(device, startBytes, sizeBytes));
  const role = roleOf(fileSystem.label, name);
  const label = fileSystem.label ?? '';
  const isBoot = volume !== undefined && roleOf(label) === 'boot';
  return [{ ...partition, role, fileSystem }, isBoot ? await readBootFacts(volume, label) : undefined];
}

/**
 * Inspects the image or drive `device`. Yields partitions in the order of their offsets, the boot partition's facts
 * right behind it. Throws OsError `image-invalid` if there is no partition table.
 */
export async function* inspectImage(
  device: BlockReader,
  { onPassed }: InspectOptions = {},
): AsyncGenerator<InspectStep> {
  const table = await readTableOf(device);
  yield { type: 'table', table };
  const all: Partition[] = [];
  const damage: string[] = [];
  const visit = async function* (partition: Partition): AsyncGenerator<InspectStep> {
    all.push(partition);
    onPassed?.(partition.startBytes);
    const [inspected, boot] = await inspectPartition(device, partition);
    yield { type: 'partition', partition: inspected };
    if (boot !== undefined) yield { type: 'boot', boot };
  };
  for (const partition of table.partitions) yield* visit(partition);
  if (table.extended !== undefined) {
    onPassed?.(table.extended.startBytes);
    for await (const partition of readLogicalPartitions(device, table, problem => damage.push(problem)))
      yield* visit(partition);
  }
  const misplaced = findMisplaced(all, device.sizeBytes).filter(problem => !table.problems.includes(problem));
  const problems = [...damage, ...misplaced];
  if (problems.length > 0) yield { type: 'problems', problems };
}
