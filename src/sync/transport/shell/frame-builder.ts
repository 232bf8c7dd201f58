import type { Frame } from './frame.ts';
import { blobLimitBytes } from './shell-loop.ts';

/** Puts lines of a script and bytes together until a frame has enough of them. */
export class FrameBuilder {
  #script = '';
  #parts: Buffer[] = [];
  #sizeBytes = 0;

  add(lines: string): void {
    this.#script += lines;
  }

  /**
   * True if `script` characters and `content` still fit. A file is put where its own size divides the offset, as dd can
   * count in nothing but blocks.
   */
  fits(script: number, contentBytes = 0): boolean {
    const end = this.#unitFor(contentBytes) * contentBytes + contentBytes;
    return (
      this.#script === '' ||
      (this.#script.length + script <= blobLimitBytes && Math.max(end, this.#sizeBytes) <= blobLimitBytes)
    );
  }

  /** Takes `content` in; returns where it is, in blocks of its own size. */
  put(content: Buffer): number {
    const { length } = content;
    if (length === 0) return 0;
    const unit = this.#unitFor(length);
    this.#parts.push(Buffer.alloc(unit * length - this.#sizeBytes), content);
    this.#sizeBytes = (unit + 1) * length;
    return unit;
  }

  #unitFor(length: number): number {
    return length === 0 ? 0 : Math.ceil(this.#sizeBytes / length);
  }

  /** Yields the frame that has come together, if any, and empties the builder. */
  *flush(): Generator<Frame> {
    if (this.#script === '') return;
    yield { script: this.#script, blob: Buffer.concat(this.#parts) };
    this.#script = '';
    this.#parts = [];
    this.#sizeBytes = 0;
  }
}
