/**
 * Writes an image to a drive. The first MiB is erased before anything else and written last, after everything behind it
 * was read back and verified: a drive whose flash was interrupted or has failed does not boot.
 */
import { createHash } from 'node:crypto';
import { OsError } from '../../core/errors.ts';
import { formatBytes } from '../../core/units.ts';
import type { Patch } from '../blocks/overlay.ts';
import { readBlocks, type ImageBlock } from './image-blocks.ts';
import { allocateAligned, type TargetDrive } from './target-drive.ts';
import { align, clip, findDifferences, mergeSpans, spansOfPatches, type Span } from './write-plan.ts';

export const heldBytes = 1024 * 1024;

export interface FlashOptions {
  /** Bytes that replace those of the image: its configuration. */
  readonly patches: readonly Patch[];
  /** Reads the drive's content, and writes only where it differs. */
  readonly isDelta: boolean;
  /** The stretches of the image that matter; undefined: all of it. */
  readonly mapped: readonly Span[] | undefined;
  /** The size that the image has to have, if it is known. */
  readonly expectedBytes: number | undefined;
  /** The bytes that it has at least, by its partition table. */
  readonly leastBytes: number;
  /** Called with the bytes of the source before they are written; throws if they are wrong. */
  readonly onSource?: (bytes: Buffer, offset: number) => void;
  readonly verifies: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: 'writing' | 'syncing' | 'verifying', doneBytes: number) => void;
}

export interface FlashResult {
  readonly sizeBytes: number;
  readonly writtenBytes: number;
}

interface Written extends Span {
  readonly digest: string;
}

/** The error of an image that ends before its last partition does. */
export const cutImage = (sizeBytes: number, leastBytes: number): OsError =>
  new OsError(
    'image-invalid',
    `the image is cut off: it has ${formatBytes(sizeBytes)}, and its partitions end at ${formatBytes(leastBytes)}`,
    { hint: 'download it again' },
  );

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

class Flash {
  readonly #target: TargetDrive;
  readonly #options: FlashOptions;
  readonly #written: Written[] = [];
  readonly #held = allocateAligned(heldBytes);
  readonly #spare = allocateAligned(4 * heldBytes);
  #heldLength = 0;
  #isEmptied = false;
  #writtenBytes = 0;
  #sizeBytes = 0;

  constructor(target: TargetDrive, options: FlashOptions) {
    this.#target = target;
    this.#options = options;
  }

  async run(stream: AsyncIterable<Buffer>): Promise<FlashResult> {
    const { isDelta, mapped, patches, onSource, signal, onProgress, verifies } = this.#options;
    const { sectorBytes } = this.#target;
    if (!isDelta) await this.#emptyStart();
    const spans =
      mapped === undefined
        ? undefined
        : align(mergeSpans([...mapped, ...spansOfPatches(patches)]), sectorBytes);
    let inFlight: Promise<void> = Promise.resolve();
    try {
      const options = { sectorBytes, patches, ...(onSource === undefined ? {} : { onSource }) };
      for await (const block of readBlocks(stream, options)) {
        signal.throwIfAborted();
        this.#checkFits(block);
        await inFlight;
        inFlight = this.#writeBlock(block, spans);
        // A failure is thrown by the next await; until then it must not count as unhandled.
        inFlight.catch(() => undefined);
        this.#sizeBytes = block.offset + block.bytes.length;
        onProgress('writing', this.#sizeBytes);
      }
    } finally {
      await inFlight.catch(() => undefined);
    }
    await inFlight;
    if (this.#sizeBytes === 0) throw new OsError('image-invalid', 'the image is empty');
    const { expectedBytes, leastBytes } = this.#options;
    if (expectedBytes !== undefined && expectedBytes !== this.#sizeBytes)
      throw new OsError(
        'image-invalid',
        `the image has ${this.#sizeBytes.toString()} bytes instead of ${expectedBytes.toString()}`,
        { hint: 'download it again' },
      );
    if (this.#sizeBytes < leastBytes) throw cutImage(this.#sizeBytes, leastBytes);
    await this.#emptyEnd();
    onProgress('syncing', this.#sizeBytes);
    await this.#target.flush();
    if (verifies) await this.#verify();
    await this.#writeStart();
    return { sizeBytes: this.#sizeBytes, writtenBytes: this.#writtenBytes };
  }

  #checkFits({ offset, padded }: ImageBlock): void {
    const { sizeBytes, path } = this.#target;
    if (offset + padded.length <= sizeBytes) return;
    throw new OsError('no-space', `the image is larger than ${path}, which has ${formatBytes(sizeBytes)}`, {
      hint: 'use a larger drive; this one does not boot now',
    });
  }

  async #write(offset: number, bytes: Buffer): Promise<void> {
    await this.#target.write(offset, bytes);
    this.#writtenBytes += bytes.length;
  }

  /** Erases the first MiB, so that the drive does not boot until all of it is verified. */
  async #emptyStart(): Promise<void> {
    if (this.#isEmptied) return;
    this.#isEmptied = true;
    const length = Math.min(heldBytes, this.#target.sizeBytes);
    await this.#write(0, this.#spare.fill(0, 0, length).subarray(0, length));
    await this.#target.flush();
  }

  /** Erases the end of the drive behind the image, which may contain the backup of a former GPT. */
  async #emptyEnd(): Promise<void> {
    const { sizeBytes, sectorBytes } = this.#target;
    const tail = sectorBytes > 512 ? 5 * sectorBytes : 33 * 512;
    const imageEnd = Math.ceil(this.#sizeBytes / sectorBytes) * sectorBytes;
    const end = Math.floor(sizeBytes / sectorBytes) * sectorBytes;
    const start = Math.max(imageEnd, end - tail, heldBytes);
    if (start >= end) return;
    const buffer = this.#spare.subarray(0, end - start);
    await this.#target.read(start, buffer);
    if (buffer.every(byte => byte === 0)) return;
    await this.#emptyStart();
    await this.#write(start, this.#spare.fill(0, 0, end - start).subarray(0, end - start));
  }

  async #writeBlock({ offset, padded }: ImageBlock, mapped: readonly Span[] | undefined): Promise<void> {
    let bytes = padded;
    let at = offset;
    if (offset === 0) {
      this.#heldLength = Math.min(heldBytes, padded.length);
      padded.copy(this.#held, 0, 0, this.#heldLength);
      bytes = padded.subarray(this.#heldLength);
      at = this.#heldLength;
    }
    if (bytes.length === 0) return;
    const end = at + bytes.length;
    const whole = mapped === undefined ? [{ start: at, end }] : clip(mapped, at, end);
    for (const span of whole) {
      const part = bytes.subarray(span.start - at, span.end - at);
      const spans = this.#options.isDelta ? await this.#differences(part, span.start) : [span];
      for (const { start, end: stop } of spans) {
        if (this.#options.isDelta) await this.#emptyStart();
        const piece = bytes.subarray(start - at, stop - at);
        const digest = this.#options.verifies ? digestOf(piece) : '';
        await this.#write(start, piece);
        this.#written.push({ start, end: stop, digest });
      }
    }
  }

  async #differences(wanted: Buffer, offset: number): Promise<readonly Span[]> {
    const present = this.#spare.subarray(0, wanted.length);
    await this.#target.read(offset, present);
    return findDifferences(wanted, present, offset);
  }

  async #verify(): Promise<void> {
    const total = this.#written.reduce((sum, { start, end }) => sum + end - start, 0);
    let done = 0;
    // The drive reads one stretch while the one before it is hashed.
    const buffers = [this.#spare, allocateAligned(this.#spare.length)] as const;
    const read = (index: number): Promise<Buffer> | undefined => {
      const span = this.#written[index];
      if (span === undefined) return undefined;
      const buffer = (buffers[index % 2] ?? this.#spare).subarray(0, span.end - span.start);
      const reading = this.#target.read(span.start, buffer).then(() => buffer);
      reading.catch(() => undefined);
      return reading;
    };
    let next = read(0);
    for (const [index, { start, end, digest }] of this.#written.entries()) {
      this.#options.signal.throwIfAborted();
      const buffer = await next;
      next = read(index + 1);
      if (buffer === undefined || digestOf(buffer) !== digest) throw this.#differs(start, end);
      done += end - start;
      this.#options.onProgress('verifying', total === 0 ? this.#sizeBytes : (done / total) * this.#sizeBytes);
    }
    await next;
  }

  #differs(start: number, end: number): OsError {
    return new OsError(
      'drive-failed',
      `${this.#target.path} does not hold what was written to it: bytes ${start.toString()} to ${end.toString()} differ`,
      { hint: 'use another card: this one is worn out or not genuine, and does not boot now' },
    );
  }

  /** Writes the first MiB, and verifies it. */
  async #writeStart(): Promise<void> {
    const { isDelta, signal, verifies } = this.#options;
    signal.throwIfAborted();
    const held = this.#held.subarray(0, this.#heldLength);
    const present = this.#spare.subarray(0, held.length);
    if (isDelta && !this.#isEmptied) {
      await this.#target.read(0, present);
      if (present.equals(held)) return;
    }
    await this.#write(0, held);
    await this.#target.flush();
    if (!verifies) return;
    await this.#target.read(0, present);
    if (present.equals(held)) return;
    await this.#target.write(0, this.#spare.fill(0, 0, held.length).subarray(0, held.length));
    throw this.#differs(0, held.length);
  }
}

/** Writes the image in `stream` to `target`. After any error the drive does not boot, unless it is still unchanged. */
export const flashDrive = (
  stream: AsyncIterable<Buffer>,
  target: TargetDrive,
  options: FlashOptions,
): Promise<FlashResult> => new Flash(target, options).run(stream);
