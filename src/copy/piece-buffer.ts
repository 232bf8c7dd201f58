/** Bytes of one piece. */
const pieceBytes = 256 * 1024;

/**
 * Collects the bytes of an archive in pieces of one size. An archive of small files would go in parts of a few hundred bytes, and
 * sshd needs a turn of its loop for each packet, so that its answer to a keep-alive request is late for a minute.
 */
export class PieceBuffer {
  #buffer = Buffer.allocUnsafe(pieceBytes);
  #usedBytes = 0;
  #full: Buffer[] = [];

  /** Room to read into, at least a byte; `advance` takes what was read. */
  get room(): Buffer {
    return this.#buffer.subarray(this.#usedBytes);
  }

  advance(sizeBytes: number): void {
    this.#usedBytes += sizeBytes;
    if (this.#usedBytes < this.#buffer.length) return;
    this.#full.push(this.#buffer);
    this.#buffer = Buffer.allocUnsafe(pieceBytes);
    this.#usedBytes = 0;
  }

  write(bytes: Buffer): void {
    for (let done = 0; done < bytes.length;) {
      const copied = bytes.copy(this.#buffer, this.#usedBytes, done);
      done += copied;
      this.advance(copied);
    }
  }

  /** Returns the pieces that are full, each of them once. */
  takeFull(): readonly Buffer[] {
    if (this.#full.length === 0) return this.#full;
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** Returns the bytes after the last full piece, and forgets them. */
  takeRest(): Buffer {
    const rest = this.#buffer.subarray(0, this.#usedBytes);
    this.#buffer = this.#buffer.subarray(this.#usedBytes);
    this.#usedBytes = 0;
    return rest;
  }
}
