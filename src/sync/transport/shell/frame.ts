import { createHash } from 'node:crypto';

const hashOf = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

export interface Frame {
  /** Each character is a byte. */
  readonly script: string;
  readonly blob: Buffer;
}

/** Returns a frame in the form that shell-loop.ts reads. */
export function encodeFrame(id: number, { script: text, blob }: Frame): Buffer {
  const script = Buffer.from(text, 'latin1');
  const header = [id, script.length, blob.length, hashOf(script), hashOf(blob)].join(' ');
  return Buffer.concat([Buffer.from(`${header}\n`), script, blob]);
}

/** Splits a stream into records, each ended by NUL. */
export class RecordReader {
  #rest: Buffer[] = [];

  *read(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, start)) {
      yield Buffer.concat([...this.#rest, chunk.subarray(start, end)]);
      this.#rest = [];
      start = end + 1;
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start));
  }
}
