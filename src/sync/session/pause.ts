import type { Report } from '../events.ts';

/** Asks a person whether what is gone is to be removed from the container of `service`; aborts when that is settled. */
export type Confirm = (service: string, signal: AbortSignal) => Promise<boolean>;

export interface PauseOptions {
  readonly service: string;
  readonly report: Report;
  /** Undefined where nobody can be asked. */
  readonly confirm: Confirm | undefined;
  readonly onConfirmed: () => void;
}

/** The safety stop: too much is gone at once for it to be an edit. */
export class Pause {
  readonly #options: PauseOptions;
  #asking: AbortController | undefined;
  #isConfirmed = false;

  constructor(options: PauseOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#asking !== undefined;
  }

  /** A person has said that it is meant. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  begin(cause: string): void {
    if (this.#asking !== undefined) return;
    const { service, report, confirm, onConfirmed } = this.#options;
    report({ type: 'paused', service, cause });
    this.#asking = new AbortController();
    confirm?.(service, this.#asking.signal).then(
      isMeant => {
        if (!isMeant) return;
        this.#isConfirmed = true;
        onConfirmed();
      },
      () => undefined,
    );
  }

  end(): void {
    if (this.#asking === undefined) return;
    this.#asking.abort();
    this.#asking = undefined;
    this.#isConfirmed = false;
    this.#options.report({ type: 'resumed', service: this.#options.service });
  }

  [Symbol.dispose](): void {
    this.#asking?.abort();
  }
}
