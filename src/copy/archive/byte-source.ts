/** An archive that ends too early or is damaged. */
export class CutOff extends Error {}

/** Bytes of a stream, as many as are asked for. Disposing ends the stream. */
export class ByteSource implements AsyncDisposable {
  readonly #iterator: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  async #next(): Promise<Buffer | undefined> {
    for (;;) {
      const result = await this.#iterator.next();
      if (result.done === true) return undefined;
      if (result.value.length > 0) return result.value;
    }
  }

  /** Exactly `sizeBytes`; undefined at the end of the stream. Throws CutOff where it ends in between. */
  async take(sizeBytes: number): Promise<Buffer | undefined> {
    if (this.#held.length < sizeBytes) {
      const parts = [this.#held];
      let heldBytes = this.#held.length;
      while (heldBytes < sizeBytes) {
        const part = await this.#next();
        if (part === undefined) {
          if (heldBytes === 0) return undefined;
          throw new CutOff('the archive ends too early');
        }
        parts.push(part);
        heldBytes += part.length;
      }
      this.#held = Buffer.concat(parts);
    }
    const taken = this.#held.subarray(0, sizeBytes);
    this.#held = this.#held.subarray(sizeBytes);
    return taken;
  }

  /** Exactly `sizeBytes`. Throws CutOff where there are fewer. */
  async need(sizeBytes: number): Promise<Buffer> {
    const taken = sizeBytes === 0 ? Buffer.alloc(0) : await this.take(sizeBytes);
    if (taken === undefined) throw new CutOff('the archive ends too early');
    return taken;
  }

  /** At least one byte and at most `mostBytes`, whatever is there. Throws CutOff at the end. */
  async some(mostBytes: number): Promise<Buffer> {
    if (this.#held.length === 0) {
      const next = await this.#next();
      if (next === undefined) throw new CutOff('the archive ends too early');
      this.#held = next;
    }
    const taken = this.#held.subarray(0, mostBytes);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  async skip(sizeBytes: number): Promise<void> {
    for (let left = sizeBytes; left > 0;) left -= (await this.some(left)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#iterator.return?.();
  }
}
