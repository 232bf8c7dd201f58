/** What a disk may hold after a power cut, given the recorded steps of a program. */
import type { DiskStep } from './record-writes.ts';

/** Content by path. */
export type Disk = ReadonlyMap<string, Buffer>;

/** A step as the disk sees it: a rename over a file takes several writes, none of which has to be the first. */
type Write =
  | { readonly kind: 'create' | 'remove'; readonly file: string }
  | Extract<DiskStep, { kind: 'append' }>
  | { readonly kind: 'link'; readonly file: string; readonly bytes: Buffer };

function applied(disk: Disk, writes: readonly Write[]): Disk {
  const after = new Map(disk);
  for (const write of writes)
    if (write.kind === 'create') after.set(write.file, Buffer.alloc(0));
    else if (write.kind === 'link') after.set(write.file, write.bytes);
    else if (write.kind === 'append')
      after.set(write.file, Buffer.concat([after.get(write.file) ?? Buffer.alloc(0), write.bytes]));
    else after.delete(write.file);
  return after;
}

/** Every subset of `writes`, each in order. */
function* subsets(writes: readonly Write[]): Generator<readonly Write[]> {
  if (writes.length > 12) throw new Error(`${writes.length.toString()} steps without a sync: too many`);
  for (let mask = 0; mask < 2 ** writes.length; mask += 1)
    yield writes.filter((_, index) => (mask & (1 << index)) !== 0);
}

export interface ReplayOptions {
  /**
   * False: the disk has every step up to the power cut. True: of the steps since the last sync, it may have any, and a
   * rename over a file may have removed either name or both (FAT promises no order).
   */
  readonly isReordered: boolean;
}

/** Every distinct state that the disk can be in, wherever the power is cut between `steps`. */
export function statesOf(start: Disk, steps: readonly DiskStep[], { isReordered }: ReplayOptions): Disk[] {
  const states = new Map<string, Disk>();
  const add = (disk: Disk): void => {
    const files = [...disk].sort(([a], [b]) => (a < b ? -1 : 1));
    states.set(JSON.stringify(files.map(([file, bytes]) => [file, bytes.toString('base64')])), disk);
  };
  /** What was synced; the writes since; and what programs see, which is both together. */
  let durable: Disk = start;
  let pending: Write[] = [];
  let seen: Disk = start;
  const copied = new Map<string, number>();
  const write = (...writes: readonly Write[]): void => {
    pending.push(...writes);
    seen = applied(seen, writes);
  };
  const syncOnly = (isSynced: (write: Write) => boolean): void => {
    durable = applied(durable, pending.filter(isSynced));
    pending = pending.filter(it => !isSynced(it));
  };
  add(start);
  for (const step of steps) {
    if (step.kind === 'sync-all') syncOnly(() => true);
    else if (step.kind === 'sync') syncOnly(({ file }) => file === step.file);
    else if (step.kind === 'copy') {
      const from = copied.get(step.file) ?? 0;
      const bytes = (seen.get(step.from) ?? Buffer.alloc(0)).subarray(from, from + step.sizeBytes);
      copied.set(step.file, from + bytes.length);
      write({ kind: 'append', file: step.file, bytes });
    } else if (step.kind === 'rename') {
      const bytes = seen.get(step.from) ?? Buffer.alloc(0);
      write(
        { kind: 'remove', file: step.file },
        { kind: 'link', file: step.file, bytes },
        { kind: 'remove', file: step.from },
      );
    } else if (step.kind === 'append') write(step);
    else write({ kind: step.kind, file: step.file });
    if (isReordered) for (const some of subsets(pending)) add(applied(durable, some));
    else add(seen);
  }
  return [...states.values()];
}
