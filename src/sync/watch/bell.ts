/** Rung when there may be something to do. Rings that nobody waits for are one ring. */
export class Bell {
  #isRung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Resolves at the next ring, at once when there has been one. Throws the signal's reason. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#isRung) {
      let stop = (): void => undefined;
      try {
        await new Promise<void>((resolve, reject) => {
          this.#wake = resolve;
          stop = () => reject(signal.reason as Error);
          signal.addEventListener('abort', stop, { once: true });
        });
      } finally {
        signal.removeEventListener('abort', stop);
      }
    }
    this.#isRung = false;
  }
}
