import { OsError } from '../../core/errors.ts';

/** Time limit for a new command to wait for another one to end, before it fails because the device accepts no more. */
const waitMs = 15_000;

/**
 * Limits the number of channels. A server's limit (OpenSSH: ten, MaxSessions) is learned from its first refusal; from
 * then on new ones wait for their turn.
 */
export class ChannelSlots {
  readonly #waiting: (() => void)[] = [];
  #limit = Infinity;
  #taken = 0;

  /** Takes a slot, first come first served. Throws OsError `busy`, or the reason of `signal`. */
  async take(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#taken >= this.#limit) await this.#turn(signal);
    this.#taken += 1;
  }

  /** Gives a slot back. */
  release(): void {
    this.#taken -= 1;
    if (this.#taken < this.#limit) this.#waiting.shift()?.();
  }

  /** Gives back a slot that the server refused; false when it refuses although it serves nothing else. */
  learnRefusal(): boolean {
    this.#taken -= 1;
    if (this.#taken === 0) return false;
    this.#limit = Math.min(this.#limit, this.#taken);
    return true;
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        const place = this.#waiting.indexOf(onTurn);
        if (place !== -1) this.#waiting.splice(place, 1);
      };
      const onTurn = (): void => {
        leave();
        resolve();
      };
      const onAbort = (): void => {
        leave();
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        leave();
        reject(
          new OsError(
            'busy',
            `the device runs no more than ${this.#limit.toString()} commands at once over one connection`,
          ),
        );
      }, waitMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(onTurn);
    });
  }
}
