import type { BlockReader } from '../../../image/blocks/block-device.ts';
import { openFileDevice } from '../../../image/blocks/file-device.ts';
import { openStreamReader } from '../../../image/blocks/stream-reader.ts';
import { openImage, type ImageSource } from '../../../image/formats/open-image.ts';
import type { BootFacts } from '../../../image/inspect/boot-facts.ts';
import { inspectImage, type InspectedPartition } from '../../../image/inspect/inspect-image.ts';
import { roleOf } from '../../../image/inspect/roles.ts';
import type { Inspection } from '../../../image/inspect/inspection.ts';
import type { PartitionTable } from '../../../image/tables/partition-table.ts';

export interface InspectRequest {
  readonly path: string;
  /** Stop once the table and the boot partition are known. */
  readonly isQuick: boolean;
}

export interface InspectDependencies {
  readonly signal: AbortSignal;
  /** A config.json without its secrets. */
  readonly maskSecrets: (config: unknown) => unknown;
  /** Called once the boot partition is known, and there is more to be read from a compressed image. */
  readonly onEarly: (inspection: Inspection) => void;
  /** Called with each later partition. */
  readonly onLater: (partition: InspectedPartition) => void;
}

interface Reading extends AsyncDisposable {
  readonly device: BlockReader;
  readonly onPassed?: (offset: number) => void;
  /** Resolves with the size of the image; for a compressed one by reading it to its end, which checks it. */
  readonly measure: () => Promise<number | undefined>;
}

async function openReading(source: ImageSource, signal: AbortSignal): Promise<Reading> {
  if (source.format === 'raw') {
    const device = await openFileDevice(source.path, 'read');
    return {
      device,
      measure: () => Promise.resolve(device.sizeBytes),
      [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
    };
  }
  const device = openStreamReader(source.stream({ signal }));
  return {
    device,
    onPassed: offset => {
      device.keepFrom(offset);
    },
    measure: () => device.readToEnd(),
    [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
  };
}

const withMaskedConfig = (boot: BootFacts, mask: (config: unknown) => unknown): BootFacts =>
  boot.config === undefined ? boot : { ...boot, config: mask(boot.config) as BootFacts['config'] };

/** The partitions of `table` that are not among `read`; all logical ones are one until the first is read. */
function findUnread(table: PartitionTable, read: readonly InspectedPartition[]): Inspection['unread'] {
  const hasLogical = read.some(({ isLogical }) => isLogical);
  return [
    ...table.partitions
      .filter(({ number }) => !read.some(partition => partition.number === number))
      .map(({ name, number, startBytes, sizeBytes }) => ({
        name: roleOf(name) ?? name ?? number.toString(),
        startBytes,
        sizeBytes,
      })),
    ...(table.extended === undefined || hasLogical ? [] : [{ name: 'logical', ...table.extended }]),
  ];
}

/** Inspects an image file or a drive. */
export async function inspectImageFile(
  { signal, maskSecrets, onEarly, onLater }: InspectDependencies,
  { path, isQuick }: InspectRequest,
): Promise<Inspection> {
  const source = await openImage(path);
  await using reading = await openReading(source, signal);
  const partitions: InspectedPartition[] = [];
  const problems: string[] = [];
  let table: PartitionTable | undefined;
  let boot: BootFacts | undefined;
  let isEarlyShown = false;
  const soFar = (isComplete: boolean, sizeBytes: number | undefined): Inspection => {
    if (table === undefined) throw new Error('an inspection begins with the table');
    const { format, isDrive, fileBytes } = source;
    const all = [...table.problems, ...problems, ...(boot?.problems ?? [])];
    return {
      path,
      format,
      isDrive,
      fileBytes,
      sizeBytes,
      table,
      partitions: [...partitions],
      unread: findUnread(table, partitions),
      boot,
      problems: all,
      isComplete,
    };
  };
  for await (const step of inspectImage(reading.device, reading)) {
    signal.throwIfAborted();
    switch (step.type) {
      case 'table':
        table = step.table;
        break;
      case 'partition':
        partitions.push(step.partition);
        if (isEarlyShown) onLater(step.partition);
        break;
      case 'boot':
        boot ??= withMaskedConfig(step.boot, maskSecrets);
        if (source.format === 'raw') break;
        if (isQuick) return soFar(false, source.sizeBytes);
        isEarlyShown = true;
        onEarly(soFar(false, source.sizeBytes));
        break;
      case 'problems':
        problems.push(...step.problems);
    }
  }
  return soFar(true, await reading.measure());
}
