import { isUtf8 } from 'node:buffer';
import type { LogChunk } from '../engine/engine.ts';

export interface StampedLine {
  readonly stream: 'stdout' | 'stderr';
  readonly time: string;
  readonly text: string;
  /** The bytes of `text`, only where they are no UTF-8. */
  readonly bytes?: Uint8Array;
}

/** `2026-01-02T03:04:05.123456789Z `, which the engine writes before each message if timestamps are requested. */
const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d) /;
const longestStampBytes = 36;
/** The engine splits a longer line into messages of this size. */
const pieceBytes = 16 * 1024;
/** A line without an end, such as of progress that overwrites itself, is given out in parts of this size. */
const longestBytes = 64 * pieceBytes;
const lineFeed = 10;

const stampBytesOf = (data: Buffer): number =>
  stamp.exec(data.toString('latin1', 0, longestStampBytes))?.[0].length ?? 0;

/** A line whose end has not arrived yet. */
class OpenLine {
  readonly #stream: LogChunk['stream'];
  #pieces: Buffer[] = [];
  #textBytes = 0;

  constructor(stream: LogChunk['stream']) {
    this.#stream = stream;
  }

  get isBegun(): boolean {
    return this.#pieces.length > 0;
  }

  /** True if the next message may continue the line; false if its program has ended without finishing it. */
  get isCut(): boolean {
    return this.#textBytes > 0 && this.#textBytes % pieceBytes === 0 && this.#textBytes < longestBytes;
  }

  add(data: Buffer): void {
    if (data.length === 0) return;
    this.#textBytes += data.length - (this.isBegun ? 0 : stampBytesOf(data));
    this.#pieces.push(data);
  }

  end(): StampedLine {
    const line = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#textBytes = 0;
    const space = line.indexOf(' ');
    const time = line.toString('latin1', 0, space === -1 ? line.length : space);
    const bytes = space === -1 ? Buffer.alloc(0) : line.subarray(space + 1);
    const stamped = { stream: this.#stream, time, text: bytes.toString() };
    return isUtf8(bytes) ? stamped : { ...stamped, bytes };
  }
}

/** Lines of a container's output, without their line feeds; each stream is assembled by itself. */
export async function* splitLines(chunks: AsyncIterable<LogChunk>): AsyncGenerator<StampedLine> {
  const lines = { stdout: new OpenLine('stdout'), stderr: new OpenLine('stderr') };
  for await (const { stream, data } of chunks) {
    const line = lines[stream];
    let at = line.isCut ? stampBytesOf(data) : 0;
    if (line.isBegun && !line.isCut && stampBytesOf(data) > 0) yield line.end();
    for (let end = data.indexOf(lineFeed, at); end !== -1; end = data.indexOf(lineFeed, at)) {
      line.add(data.subarray(at, end));
      yield line.end();
      at = end + 1;
    }
    line.add(data.subarray(at));
  }
  for (const line of [lines.stdout, lines.stderr]) if (line.isBegun) yield line.end();
}
