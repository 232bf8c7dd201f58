export interface Partition {
  /** The number that Linux gives it (`sda5`): its slot in the table, however many slots before it are empty. */
  readonly number: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** MBR: the type as two hex digits. GPT: the type's GUID in lower case. */
  readonly type: string;
  /** The name in a GPT; undefined if it has none, and in an MBR. */
  readonly name: string | undefined;
  readonly isLogical: boolean;
}

export interface PartitionTable {
  readonly kind: 'mbr' | 'gpt';
  /** Bytes of one LBA of the table. */
  readonly sectorBytes: number;
  /** In the order of their offsets. Logical partitions of an MBR are in `readLogicalPartitions`. */
  readonly partitions: readonly Partition[];
  /** The extended partition of an MBR. */
  readonly extended: { readonly startBytes: number; readonly sizeBytes: number } | undefined;
  /** The reason why a GPT was read from its backup, which a kernel does not look for by itself; one of `problems`. */
  readonly damage?: string | undefined;
  /** Faults of the table although it can be read, a sentence each. */
  readonly problems: readonly string[];
}

/** The bytes that an image with `table` has at least. */
export const leastBytesOf = ({ partitions, extended }: PartitionTable): number =>
  [...partitions, ...(extended === undefined ? [] : [extended])].reduce(
    (end, { startBytes, sizeBytes }) => Math.max(end, startBytes + sizeBytes),
    0,
  );

/** Sentences about partitions that overlap or leave the device; `partitions` are all of the table. */
export function findMisplaced(
  partitions: readonly Partition[],
  sizeBytes: number | undefined,
): readonly string[] {
  const problems: string[] = [];
  const ordered = [...partitions].sort((a, b) => a.startBytes - b.startBytes);
  let widest: Partition | undefined;
  for (const partition of ordered) {
    const { number, startBytes } = partition;
    const name = `partition ${number.toString()}`;
    if (sizeBytes !== undefined && startBytes + partition.sizeBytes > sizeBytes)
      problems.push(`${name} reaches beyond the end of the image`);
    if (widest !== undefined && startBytes < widest.startBytes + widest.sizeBytes)
      problems.push(`${name} overlaps partition ${widest.number.toString()}`);
    if (widest === undefined || startBytes + partition.sizeBytes > widest.startBytes + widest.sizeBytes)
      widest = partition;
  }
  return problems;
}
