import type { Clock } from '../../core/clock.ts';
import type { Replay } from '../decide/copy-step.ts';
import type { BatchPlan } from '../decide/plan-batch.ts';
import type { Report } from '../events.ts';
import type { Ran } from './run-replay.ts';

/** What a session says of its service, everything once. */
export class Telling {
  readonly #service: string;
  readonly #report: Report;
  readonly #clock: Clock;
  #waitingFor: string | undefined;
  #isInSyncTold = false;

  constructor({ service, report, clock }: { service: string; report: Report; clock: Clock }) {
    this.#service = service;
    this.#report = report;
    this.#clock = clock;
  }

  /** That it is in sync is worth telling again. */
  expectNews(): void {
    this.#isInSyncTold = false;
  }

  /** The same in other words is not told again: that is what `kind` is for. */
  waiting(cause: string, kind = cause): void {
    if (kind !== this.#waitingFor) this.#report({ type: 'waiting', service: this.#service, cause });
    this.#waitingFor = kind;
    this.expectNews();
  }

  inSync(files: number, via: string): void {
    this.#waitingFor = undefined;
    if (!this.#isInSyncTold) this.#report({ type: 'watching', service: this.#service, files, via });
    this.#isInSyncTold = true;
  }

  failed(message: string): void {
    this.#report({ type: 'failed', service: this.#service, message });
  }

  noticed(message: string): void {
    this.#report({ type: 'noticed', service: this.#service, message });
  }

  /** What the container has already needs no telling. */
  decided({ decisions, differing }: BatchPlan): void {
    for (const { name, do: what, why } of decisions)
      if (what !== 'sync' || differing.has(name))
        this.#report({ type: 'decided', service: this.#service, name, why });
  }

  synced({ changes, differing }: BatchPlan, sinceMs: number): void {
    const names = [...differing];
    this.#report({
      ...{ type: 'synced', service: this.#service },
      written: changes.filter(it => it.do !== 'remove' && it.do !== 'make-directory').length,
      removed: changes.filter(it => it.do === 'remove').length,
      names: names.slice(0, 10),
      durationMs: this.#clock.nowMs() - sinceMs,
    });
  }

  /** Returns when it began. */
  running({ text }: Replay): number {
    this.#report({ type: 'running', service: this.#service, command: text });
    return this.#clock.nowMs();
  }

  ran({ text }: Replay, { exitCode, output }: Ran, startedMs: number): void {
    const durationMs = this.#clock.nowMs() - startedMs;
    const how = { command: text, exitCode, output, durationMs };
    this.#report({ type: 'ran', service: this.#service, ...how });
  }

  aborted({ text }: Replay, startedMs: number): void {
    const durationMs = this.#clock.nowMs() - startedMs;
    this.#report({ type: 'aborted', service: this.#service, command: text, durationMs });
  }

  /** Returns when it began. */
  restarting(): number {
    this.#report({ type: 'restarting', service: this.#service });
    return this.#clock.nowMs();
  }

  restarted(sinceMs: number, isKilled: boolean): void {
    const durationMs = this.#clock.nowMs() - sinceMs;
    this.#report({ type: 'restarted', service: this.#service, durationMs, isKilled });
  }
}
