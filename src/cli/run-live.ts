/** What `os push` and `os live` have in common: follow the logs of a project, and keep its services in sync. */
import { systemClock } from '../core/clock.ts';
import { together } from '../core/together.ts';
import { followProject } from '../logs/follow-project.ts';
import { parseSince } from '../logs/parse-since.ts';
import type { Project } from '../project/project.ts';
import { readDrift } from '../release/drift.ts';
import type { PushEvent } from '../release/events.ts';
import { selectServices } from '../release/select-services.ts';
import type { Drift } from '../sync/session/live-options.ts';
import { longestGraceMs } from '../sync/session/restart-service.ts';
import { openLive, type Live } from '../sync/session/open-live.ts';
import { OwnRestarts } from '../ui/own-restarts.ts';
import { openLogReporter } from '../ui/log-reporter.ts';
import { openLiveReporter } from '../ui/live-reporter.ts';
import { openPushReporter } from '../ui/push-reporter.ts';
import { openLiveMemory } from './live-memory.ts';
import { deviceKindOf, openLiveProject } from './open-project.ts';
import { canAsk } from './prompts.ts';
import { openPushMemory } from './push-memory.ts';
import { openQuestions } from './questions.ts';
import type { ReachedEngine } from './reached-engine.ts';
import { engineSocket, pushProject, type PushFlags, type Surroundings } from './run-push.ts';

export interface Followed {
  readonly project: string;
  readonly services: readonly string[];
}

export interface LiveSurroundings extends Surroundings {
  readonly isVerbose: boolean;
  /** Remarks of pushes that were told before. */
  readonly told: Set<string>;
  /** False: it has just been pushed, and the images are what the sources are. */
  readonly isAttaching: boolean;
}

/** A live session, and what of the logs it explains. */
export interface FollowedLive extends Pick<Live, 'run'>, AsyncDisposable {
  readonly restarts: OwnRestarts;
}

/** Begins to watch the sources of `project`; what changes from now on reaches the containers once it runs. */
export async function prepareLive(
  reached: ReachedEngine,
  flags: PushFlags,
  project: Project,
  { output, isVerbose, isAttaching, told }: LiveSurroundings,
): Promise<FollowedLive> {
  const { engine, address } = reached;
  const restarts = new OwnRestarts();
  const select = (from: Project): string[] =>
    selectServices(from, flags.service ?? []).map(({ name }) => name);
  const memory = await openLiveMemory(project.directory, project.name, address);
  const report = openLiveReporter(output, { services: select(project), isVerbose });
  const live = await openLive({
    ...{ engine, project, select, clock: systemClock },
    readProject: async () =>
      openLiveProject(flags, await deviceKindOf(reached), { ...output, isQuiet: true }),
    async push(from, services, signal) {
      const wanted = { ...flags, 'no-cache': false, pull: false };
      const isProject = services.length === 0;
      const removesOrphans = isProject && flags['remove-orphans'] === true;
      const how = { extent: 'all', removesOrphans, longestStopS: longestGraceMs / 1000 } as const;
      using reporter = openPushReporter(output, { showsPlan: false, services: select(from), told });
      const report = (event: PushEvent): void => {
        restarts.hear(event);
        if (event.type !== 'url' && event.type !== 'project') reporter.report(event);
      };
      const service = isProject ? flags.service : services;
      const done = await pushProject(reached, from, { ...wanted, service }, how, { output, signal, report });
      if (isProject) reporter.report({ ...done, type: 'up' });
    },
    findDrift: (from, signal) =>
      findDrift(reached, from, { services: flags.service ?? [], memory, isAttaching, signal }),
    keepUnbuilt: (service, names) => memory.keep(service, names),
    confirm: canAsk() && output.mode !== 'json' ? openQuestions(output) : undefined,
    report: event => {
      restarts.hear(event);
      report(event);
    },
  });
  return {
    restarts,
    run: signal => live.run(signal),
    async [Symbol.asyncDispose]() {
      live[Symbol.dispose]();
      await memory[Symbol.asyncDispose]();
    },
  };
}

interface DriftOptions {
  readonly services: readonly string[];
  readonly memory: Pick<Awaited<ReturnType<typeof openLiveMemory>>, 'find'>;
  readonly isAttaching: boolean;
  readonly signal: AbortSignal;
}

async function findDrift(
  { engine, address }: ReachedEngine,
  project: Project,
  { services, memory, isAttaching, signal }: DriftOptions,
): Promise<Drift[]> {
  const none = selectServices(project, services).map(({ name }) => ({
    ...{ service: name, cause: undefined, names: [] },
  }));
  const pushMemory = await openPushMemory(project.directory, project.name, address);
  const dependencies = { engine, memory: pushMemory, engineSocket, signal };
  const drifts = isAttaching ? await readDrift({ project, services }, dependencies) : none;
  return drifts.map(drift => ({ ...drift, synced: memory.find(drift.service) }));
}

/** Prints what the services say, and runs `live` beside it, until the signal aborts. */
export async function follow(
  { engine }: ReachedEngine,
  { project, services }: Followed,
  { output, signal }: Surroundings,
  live?: FollowedLive,
): Promise<void> {
  const { systemTime } = await engine.readInfo(signal);
  const report = openLogReporter(output, {
    ...{ services: services.length === 1 ? [] : services, showsTimes: false, isRaw: false },
    isExplained: event => live?.restarts.explains(event) === true,
  });
  const past = { tail: 10, since: parseSince('1m', systemTime) };
  await together(signal, [
    within => followProject(engine, { project, services, follow: true, signal: within, ...past }, report),
    ...(live === undefined ? [] : [(within: AbortSignal) => live.run(within)]),
  ]);
}
