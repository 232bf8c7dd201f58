import type { Clock } from '../../core/clock.ts';
import type { Replay } from '../recipe/copy-step.ts';
import type { BatchPlan } from '../decide/plan-batch.ts';
import type { Report } from '../events.ts';
import type { Ran } from '../container/run-replay.ts';

/** Reports what a session does to its service, everything once. */
export class ServiceReporter {
  readonly #service: string;
  readonly #report: Report;
  readonly #clock: Clock;
  #waitingFor: string | undefined;
  #isInSyncTold = false;
  readonly #noticed = new Set<string>();

  constructor({
    service,
    report,
    clock,
  }: {
    readonly service: string;
    readonly report: Report;
    readonly clock: Clock;
  }) {
    this.#service = service;
    this.#report = report;
    this.#clock = clock;
  }

  /** Lets the next `in-sync` be reported again. */
  reportAgain(): void {
    this.#isInSyncTold = false;
  }

  /** Causes of one `kind` are reported once, however they are worded. */
  waiting(cause: string, kind = cause): void {
    if (kind !== this.#waitingFor) this.#report({ type: 'waiting', service: this.#service, cause });
    this.#waitingFor = kind;
    this.reportAgain();
  }

  inSync(files: number, via: string): void {
    this.#waitingFor = undefined;
    if (!this.#isInSyncTold) this.#report({ type: 'in-sync', service: this.#service, files, via });
    this.#isInSyncTold = true;
  }

  failed(message: string): void {
    this.#report({ type: 'sync-failed', service: this.#service, message });
  }

  noticed(message: string): void {
    if (this.#noticed.has(message)) return;
    this.#noticed.add(message);
    this.#report({ type: 'notice', service: this.#service, message });
  }

  /** Decisions about what the container has already are not reported. */
  decided({ decisions, differing }: BatchPlan): void {
    for (const { name, do: what, why: cause } of decisions)
      if (what !== 'sync' || differing.has(name))
        this.#report({ type: 'decision', service: this.#service, name, cause });
  }

  synced({ changes, differing }: BatchPlan, sinceMs: number): void {
    const names = [...differing];
    this.#report({
      type: 'synced',
      service: this.#service,
      written: changes.filter(it => it.do !== 'remove' && it.do !== 'make-directory').length,
      removed: changes.filter(it => it.do === 'remove').length,
      names: names.slice(0, 10),
      durationMs: this.#clock.nowMs() - sinceMs,
    });
  }

  /** Returns the time at which it began. */
  running({ text }: Replay): number {
    this.#report({ type: 'command-started', service: this.#service, command: text });
    return this.#clock.nowMs();
  }

  ran({ text }: Replay, { exitCode, output }: Ran, startedMs: number): void {
    const durationMs = this.#clock.nowMs() - startedMs;
    const how = { command: text, exitCode, output, durationMs };
    this.#report({ type: 'command-finished', service: this.#service, ...how });
  }

  aborted({ text }: Replay, startedMs: number): void {
    const durationMs = this.#clock.nowMs() - startedMs;
    this.#report({ type: 'command-stopped', service: this.#service, command: text, durationMs });
  }

  /** Returns the time at which it began. */
  restarting(): number {
    this.#report({ type: 'restarting', service: this.#service });
    return this.#clock.nowMs();
  }

  restarted(sinceMs: number, isKilled: boolean): void {
    const durationMs = this.#clock.nowMs() - sinceMs;
    this.#report({ type: 'restarted', service: this.#service, durationMs, isKilled });
  }
}
