/** Rebuilds services, one build at a time. A later request aborts the build that runs; the next build does both. */
import type { Clock } from '../../core/clock.ts';
import { messageOf, OsError } from '../../core/errors.ts';
import type { Project } from '../../project/project.ts';
import type { ServiceRules } from '../decide/decide.ts';
import type { Report } from '../events.ts';
import { Notifier } from '../watch/notifier.ts';
import type { ServiceSession } from '../service/service-session.ts';
import type { Sources } from './sources.ts';

export interface RebuilderOptions {
  /** Reads the project again. Throws OsError `project-invalid`. */
  readonly readProject: () => Promise<Project>;
  readonly openSources: (project: Project) => Promise<Sources>;
  /** Makes the device run these services of the project, or all. Throws OsError if they can't be built or started. */
  readonly push: (project: Project, services: readonly string[], signal: AbortSignal) => Promise<void>;
  readonly readRules: (session: ServiceSession, project: Project) => Promise<ServiceRules>;
  readonly report: Report;
  readonly clock: Clock;
}

const retryMs = 500;
/** True for failures that pass by themselves. */
const isPassing = ({ code }: OsError): boolean => code === 'connection-lost' || code === 'busy';

export class Rebuilder {
  readonly #options: RebuilderOptions;
  readonly #notifier = new Notifier();
  readonly #demands = new Map<ServiceSession, { readonly cause: string }>();
  #stop = new AbortController();
  /** The cause to push all of the project, with services that are not synced or were not there before. */
  #wholeCause: string | undefined;
  #isWaiting = false;

  constructor(options: RebuilderOptions) {
    this.#options = options;
  }

  ask(session: ServiceSession, cause: string): void {
    session.hold();
    this.#demands.set(session, { cause });
    this.#stop.abort();
    this.#notifier.notify();
  }

  askAll(sessions: readonly ServiceSession[], cause: string): void {
    this.#wholeCause = cause;
    for (const session of sessions) this.ask(session, cause);
    this.#stop.abort();
    this.#notifier.notify();
  }

  /** Runs until all of the project has been pushed; returns its sources as they are then, watched. */
  async run(signal: AbortSignal): Promise<Sources> {
    for (;;) {
      await this.#notifier.wait(signal);
      const sources = await this.#build(signal);
      if (sources !== undefined) return sources;
    }
  }

  async #build(signal: AbortSignal): Promise<Sources | undefined> {
    const { readProject, push, openSources, readRules, report } = this.#options;
    const demands = new Map(this.#demands);
    const sessions = [...demands.keys()];
    const services = sessions.map(({ service }) => service);
    const cause = [...demands.values()][0]?.cause ?? this.#wholeCause;
    if (cause === undefined) return undefined;
    this.#stop = new AbortController();
    const within = AbortSignal.any([signal, this.#stop.signal]);
    const isProject = this.#wholeCause !== undefined;
    if (!this.#isWaiting) report({ type: 'rebuilding', services, cause, isProject });
    for (const session of sessions) session.beginBuild();
    const rules = new Map<ServiceSession, ServiceRules>();
    let next: Sources | undefined;
    let mayPass = false;
    try {
      const project = await readProject();
      if (this.#wholeCause !== undefined) next = await openSources(project);
      await push(project, next === undefined ? services : [], within);
      if (next !== undefined) return next;
      for (const session of sessions) rules.set(session, await readRules(session, project));
      this.#isWaiting = false;
    } catch (error) {
      next?.[Symbol.dispose]();
      signal.throwIfAborted();
      // A newer request is waiting, and includes these.
      if (this.#stop.signal.aborted) return undefined;
      if (!(error instanceof OsError)) throw error;
      if (isPassing(error)) {
        await this.#wait(services, error.message, signal);
        return undefined;
      }
      this.#isWaiting = false;
      mayPass = error.code !== 'project-invalid';
      report({ type: 'rebuild-failed', services, message: messageOf(error) });
    }
    for (const session of sessions) {
      // A session that has asked again meanwhile is built again.
      if (this.#demands.get(session) !== demands.get(session)) continue;
      this.#demands.delete(session);
      session.release(rules.get(session), mayPass ? demands.get(session)?.cause : undefined);
    }
    return undefined;
  }

  async #wait(services: readonly string[], cause: string, signal: AbortSignal): Promise<void> {
    const { report, clock } = this.#options;
    if (!this.#isWaiting) for (const service of services) report({ type: 'waiting', service, cause });
    this.#isWaiting = true;
    await clock.sleep(retryMs, signal);
    this.#notifier.notify();
  }
}
