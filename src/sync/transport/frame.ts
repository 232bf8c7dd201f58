import { createHash } from 'node:crypto';

const hashOf = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

export interface Frame {
  /** A character a byte. */
  readonly script: string;
  readonly blob: Buffer;
}

/** A frame as shell-loop.ts takes it. */
export function encodeFrame(id: number, { script: text, blob }: Frame): Buffer {
  const script = Buffer.from(text, 'latin1');
  const header = [id, script.length, blob.length, hashOf(script), hashOf(blob)].join(' ');
  return Buffer.concat([Buffer.from(`${header}\n`), script, blob]);
}

/** Records of a stream, each ended by NUL. */
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
