/**
 * Lists settings that a target state can't express for a service, or expresses differently than the compose file does.
 */

export interface Remark {
  readonly service: string;
  /** The field of compose: `ports`. */
  readonly field: string;
  readonly message: string;
  /** A problem stops a push before anything is sent; a warning is reported. */
  readonly severity: 'problem' | 'warning';
}

/** Collects remarks about one service. */
export class Remarks {
  readonly #service: string;
  readonly all: Remark[] = [];

  constructor(service: string) {
    this.#service = service;
  }

  refuse(field: string, message: string): void {
    this.all.push({ service: this.#service, field, message, severity: 'problem' });
  }

  warn(field: string, message: string): void {
    this.all.push({ service: this.#service, field, message, severity: 'warning' });
  }

  /** Warns of a field that the supervisor drops. */
  drop(field: string, isUsed: boolean): void {
    if (isUsed) this.warn(field, 'the supervisor drops it');
  }
}
