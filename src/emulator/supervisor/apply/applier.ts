/**
 * Applies the target on request, one apply at a time. A failing apply is repeated after 1, 2, 4 … s, and a new
 * target waits for that; a restart of an app ends the wait.
 */
import { Locked } from './apply-target.ts';

const longestWaitMs = 900_000;

export class Applier {
  isApplying = false;
  hasFailed = false;
  #isWanted = false;
  #isEnded = false;
  #failures = 0;
  #endWait: (() => void) | undefined;
  readonly #apply: () => Promise<boolean>;
  readonly #log: (message: string) => void;
  readonly #complain: (message: string) => void;

  /** `apply` resolves with false where the next one would change everything again. */
  constructor(
    apply: () => Promise<boolean>,
    /** To everybody who follows logs, and to its own log. */
    { log, complain }: Record<'log' | 'complain', (message: string) => void>,
  ) {
    this.#apply = apply;
    this.#log = log;
    this.#complain = complain;
  }

  get isWaiting(): boolean {
    return this.#endWait !== undefined;
  }

  /** Returns at once; an apply that waits goes on waiting. */
  trigger(): void {
    this.#isWanted = true;
    if (this.isApplying) return;
    this.isApplying = true;
    void this.#run();
  }

  endWait(): void {
    this.#failures = 0;
    this.#endWait?.();
  }

  /** Nothing is applied from then on. */
  [Symbol.dispose](): void {
    this.#isEnded = true;
    this.endWait();
  }

  async #run(): Promise<void> {
    while (this.#isWanted && !this.#isEnded) {
      this.#isWanted = false;
      try {
        const isSteady = await this.#apply();
        this.#failures = 0;
        this.hasFailed = false;
        if (!isSteady) {
          this.#isWanted = true;
          await this.#wait(1000);
        }
      } catch (error) {
        this.hasFailed = true;
        this.#isWanted = true;
        const waitMs = Math.min(1000 * 2 ** this.#failures, longestWaitMs);
        this.#failures += 1;
        const message = error instanceof Error ? error.message : String(error);
        if (error instanceof Locked)
          this.#log(`Updates are locked, retrying in ${(waitMs / 1000).toString()}s. Reason: ${message}`);
        // Only its own log tells; the API never does.
        else this.#complain(`applying fails: ${message}`);
        await this.#wait(waitMs);
      }
    }
    this.isApplying = false;
  }

  async #wait(ms: number): Promise<void> {
    if (this.#isEnded) return;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms);
      this.#endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endWait = undefined;
  }
}
