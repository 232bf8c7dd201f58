import { isHolding, type SafetyStop } from '../decide/safety-stop.ts';
import type { Report } from '../events.ts';

/** Asks a person whether what is gone may be removed from the container of `service`; aborted when that is settled. */
export type Confirm = (service: string, signal: AbortSignal) => Promise<boolean>;

export interface PauseOptions {
  readonly service: string;
  readonly report: Report;
  /** Undefined if nobody can be asked. */
  readonly confirm: Confirm | undefined;
  readonly onConfirmed: () => void;
}

/** Reports a safety stop when it begins and ends, and asks a person about it meanwhile. */
export class Pause {
  readonly #options: PauseOptions;
  #stop: SafetyStop | undefined;
  #asking = new AbortController();

  constructor(options: PauseOptions) {
    this.#options = options;
  }

  /** Returns the safety stop that is on. */
  get stop(): SafetyStop | undefined {
    return this.#stop;
  }

  get isHolding(): boolean {
    return isHolding(this.#stop);
  }

  /** Sets the stop that a plan obeys; undefined ends it. */
  follow(stop: SafetyStop | undefined): void {
    const { service, report } = this.#options;
    const before = this.#stop;
    this.#stop = stop;
    if (before === undefined && stop !== undefined) {
      report({ type: 'sync-paused', service, cause: stop.cause });
      this.#ask();
    } else if (before !== undefined && stop === undefined) {
      this.#asking.abort();
      report({ type: 'sync-resumed', service });
    }
  }

  #ask(): void {
    const { service, confirm, onConfirmed } = this.#options;
    const asking = new AbortController();
    this.#asking = asking;
    confirm?.(service, asking.signal).then(
      isMeant => {
        if (!isMeant || this.#asking !== asking || this.#stop === undefined) return;
        this.#stop = { ...this.#stop, isConfirmed: true };
        onConfirmed();
      },
      () => undefined,
    );
  }

  [Symbol.dispose](): void {
    this.#asking.abort();
  }
}
