/** Wakes one waiter when there may be something to do. Calls that nobody waits for count as one. */
export class Notifier {
  #isNotified = false;
  #wake: () => void = () => undefined;

  notify(): void {
    this.#isNotified = true;
    this.#wake();
  }

  /** Resolves at the next `notify`, at once if there was one since the last wait. Throws the signal's reason. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#isNotified) {
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
    this.#isNotified = false;
  }
}
