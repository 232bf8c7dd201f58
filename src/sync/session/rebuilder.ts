/** Builds services anew, one build at a time. A later demand ends the build that runs, and the next does for both. */
import { messageOf, OsError } from '../../core/errors.ts';
import type { Project } from '../../project/project.ts';
import type { ServiceRules } from '../decide/decide.ts';
import type { Report } from '../events.ts';
import { Bell } from '../watch/bell.ts';
import type { ServiceSession } from './service-session.ts';

/** No names mean all services. Returns the project as it has been read for it. Throws OsError where it can't be read, built or started. */
export type Rebuild = (services: readonly string[], signal: AbortSignal) => Promise<Project>;

interface Demand {
  readonly cause: string;
  readonly readRules: (project: Project) => Promise<ServiceRules>;
}

export class Rebuilder {
  readonly #rebuild: Rebuild;
  readonly #report: Report;
  readonly #bell = new Bell();
  readonly #demands = new Map<ServiceSession, Demand>();
  #stop = new AbortController();
  /** The project itself changed: all of it is pushed, services that are not in sync too. */
  #isWhole = false;

  constructor(rebuild: Rebuild, report: Report) {
    this.#rebuild = rebuild;
    this.#report = report;
  }

  ask(session: ServiceSession, cause: string, readRules: Demand['readRules']): void {
    session.hold();
    this.#demands.set(session, { cause, readRules });
    this.#stop.abort();
    this.#bell.ring();
  }

  /** All services, some of which may be others than before. */
  askAll(): void {
    this.#isWhole = true;
  }

  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#bell.wait(signal);
      await this.#buildAll(signal);
    }
  }

  async #buildAll(signal: AbortSignal): Promise<void> {
    const demands = new Map(this.#demands);
    const services = [...demands.keys()].map(({ service }) => service);
    if (services.length === 0) return;
    this.#stop = new AbortController();
    const within = AbortSignal.any([signal, this.#stop.signal]);
    const cause = [...demands.values()].map(it => it.cause)[0] ?? '';
    this.#report({ type: 'rebuilding', services, cause });
    const isWhole = this.#isWhole;
    let project: Project | undefined;
    try {
      project = await this.#rebuild(isWhole ? [] : services, within);
      if (isWhole) this.#isWhole = false;
    } catch (error) {
      signal.throwIfAborted();
      // A newer demand is waiting, and does for these too.
      if (this.#stop.signal.aborted) return;
      if (!(error instanceof OsError)) throw error;
      this.#report({ type: 'rebuild-failed', services, message: messageOf(error) });
    }
    for (const [session, demand] of demands) {
      if (this.#demands.get(session) === demand) this.#demands.delete(session);
      session.release(project === undefined ? undefined : await demand.readRules(project));
    }
  }
}
