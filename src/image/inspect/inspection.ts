import type { ImageFormat } from '../formats/detect-format.ts';
import type { PartitionTable } from '../tables/partition-table.ts';
import type { BootFacts } from './boot-facts.ts';
import type { InspectedPartition } from './inspect-image.ts';

/** The answer of `os image inspect`, as far as the image was read. */
export interface Inspection {
  readonly path: string;
  readonly format: ImageFormat;
  readonly isDrive: boolean;
  readonly fileBytes: number;
  /** Undefined if only reading the whole image would show it. */
  readonly sizeBytes: number | undefined;
  readonly table: PartitionTable;
  readonly partitions: readonly InspectedPartition[];
  /** Extents of the partitions that were not read yet, as far as the table lists them. */
  readonly unread: readonly {
    readonly name: string;
    readonly startBytes: number;
    readonly sizeBytes: number;
  }[];
  /** Undefined if no partition has the label of a boot partition. Its config has no secrets. */
  readonly boot: BootFacts | undefined;
  readonly problems: readonly string[];
  /** False if the rest of a compressed image was not read. */
  readonly isComplete: boolean;
}
