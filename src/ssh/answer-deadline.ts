/** Calls `onMissed` when an awaited answer does not come in time; paused while the user is prompted. */
export class AnswerDeadline {
  readonly #timeoutMs: number;
  readonly #onMissed: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number, onMissed: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onMissed = onMissed;
    this.start();
  }

  /** Begins to wait for the next answer. */
  start(): void {
    this.stop();
    this.#timer = setTimeout(this.#onMissed, this.#timeoutMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
