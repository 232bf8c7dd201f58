/** Reading a FAT directory: 32-byte slots, long-name slots before the short one that they belong to. */
import { decodeShortName, decodeShortText, foldName, longNameOffsets, shortNameChecksum } from './names.ts';

export const slotBytes = 32;

export const attributes = { directory: 0x10, label: 0x08, archive: 0x20, longName: 0x0f } as const;

export interface FatEntry {
  /** The stored name; the short name if there is no long one. */
  readonly name: string;
  readonly short: Buffer;
  readonly isDirectory: boolean;
  /** 0 for an empty file. */
  readonly firstCluster: number;
  readonly sizeBytes: number;
  /** The last change, in ms since the epoch; 0 if the slot has no date. */
  readonly modifiedMs: number;
  /** The first of the slots that the entry has, and its short one, which is the last. */
  readonly firstSlot: number;
  readonly slot: number;
}

export interface FatDirectory {
  /** All of its slots, whether used or not. */
  readonly bytes: Buffer;
  /** Offset of each piece of `bytes` on the volume; the pieces are `pieceBytes` long. */
  readonly pieces: readonly number[];
  readonly pieceBytes: number;
  /** Its clusters; none for the root of FAT16. */
  readonly clusters: readonly number[];
  readonly entries: readonly FatEntry[];
  /** The volume's label, if this is the root directory and has one. */
  readonly label: string | undefined;
}

/** Returns the offset of slot `index` of `directory` on the volume. */
export function slotAt({ pieces, pieceBytes }: FatDirectory, index: number): number {
  const piece = Math.floor((index * slotBytes) / pieceBytes);
  const at = pieces[piece];
  if (at === undefined) throw new Error(`a directory has no slot ${index.toString()}`);
  return at + ((index * slotBytes) % pieceBytes);
}

/** Gathers the long name in front of a short one; skips slots that belong to no short name. */
class LongName {
  #parts: string[] = [];
  #expected = 0;
  #checksum = -1;
  #first = 0;

  add(slot: Buffer, index: number): void {
    const order = slot.readUInt8(0);
    const part = order & 0x3f;
    if ((order & 0x40) !== 0) {
      this.#parts = [];
      this.#expected = part;
      this.#checksum = slot.readUInt8(13);
      this.#first = index;
    }
    if (part === 0 || part !== this.#expected || slot.readUInt8(13) !== this.#checksum) {
      this.clear();
      return;
    }
    const text = longNameOffsets.map(offset => String.fromCharCode(slot.readUInt16LE(offset))).join('');
    this.#parts.unshift(text);
    this.#expected -= 1;
  }

  clear(): void {
    this.#parts = [];
    this.#expected = 0;
  }

  /** The name that was gathered for `short`, if it is whole. */
  take(short: Buffer): { readonly name: string; readonly firstSlot: number } | undefined {
    const isWhole = this.#parts.length > 0 && this.#expected === 0;
    const name = this.#parts.join('').replace(/\0[^]*$/u, '');
    this.clear();
    if (!isWhole || name === '' || shortNameChecksum(short) !== this.#checksum) return undefined;
    return { name, firstSlot: this.#first };
  }
}

/** Date and time of a slot, which are in local time. */
function decodeTime(date: number, time: number): number {
  if (date === 0) return 0;
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  return new Date(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2).getTime();
}

function readEntry(slot: Buffer, index: number, long: LongName, isFat32: boolean): FatEntry {
  const short = Buffer.from(slot.subarray(0, 11));
  const named = long.take(short);
  return {
    name: named?.name ?? decodeShortName(short, slot.readUInt8(12)),
    short,
    isDirectory: (slot.readUInt8(11) & attributes.directory) !== 0,
    firstCluster: slot.readUInt16LE(26) + (isFat32 ? (slot.readUInt16LE(20) & 0x0fff) * 65_536 : 0),
    sizeBytes: slot.readUInt32LE(28),
    modifiedMs: decodeTime(slot.readUInt16LE(24), slot.readUInt16LE(22)),
    firstSlot: named?.firstSlot ?? index,
    slot: index,
  };
}

/** The entries in `bytes`, the slots of a directory, and the label. `.` and `..` are left out. */
export function readEntries(
  bytes: Buffer,
  isFat32: boolean,
): { readonly entries: readonly FatEntry[]; readonly label: string | undefined } {
  const entries: FatEntry[] = [];
  const long = new LongName();
  let label: string | undefined;
  for (let index = 0; (index + 1) * slotBytes <= bytes.length; index += 1) {
    const slot = bytes.subarray(index * slotBytes, (index + 1) * slotBytes);
    const first = slot.readUInt8(0);
    if (first === 0) break;
    const kind = slot.readUInt8(11) & 0x3f;
    if (first === 0xe5) long.clear();
    else if (kind === attributes.longName) long.add(slot, index);
    else if ((kind & attributes.label) !== 0) {
      long.clear();
      label ??= decodeShortText(slot.subarray(0, 11));
    } else if (first === 0x2e) long.clear();
    else entries.push(readEntry(slot, index, long, isFat32));
  }
  return { entries, label };
}

/**
 * Finds the entries of `directory` called `name`: by the long name, else by the short alias. More than one on a volume
 * that was repaired badly.
 */
export function findEntries({ entries }: FatDirectory, name: string): readonly FatEntry[] {
  const folded = foldName(name);
  const shown = entries.filter(entry => foldName(entry.name) === folded);
  if (shown.length > 0) return shown;
  return entries.filter(entry => foldName(decodeShortName(entry.short, 0)) === folded);
}
