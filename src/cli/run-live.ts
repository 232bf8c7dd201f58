/** What `os push` and `os live` have in common: follow the logs of a project, and keep its services in sync. */
import { systemClock } from '../core/clock.ts';
import { together } from '../core/together.ts';
import { followProject } from '../logs/follow-project.ts';
import { parseSince } from '../logs/parse-since.ts';
import type { Project } from '../project/project.ts';
import type { PushEvent } from '../release/events.ts';
import type { Live } from '../sync/session/open-live.ts';
import type { LiveEvent } from '../sync/events.ts';
import { openLive } from '../sync/session/open-live.ts';
import { openLogReporter } from '../ui/log-reporter.ts';
import { openLiveReporter } from '../ui/live-reporter.ts';
import { openPushReporter } from '../ui/push-reporter.ts';
import type { ReachedEngine } from './reached-engine.ts';
import { deviceKindOf, openProject } from './open-project.ts';
import { pushProject, type PushFlags, type Surroundings } from './run-push.ts';

export interface Followed {
  readonly project: string;
  readonly services: readonly string[];
}

/** Begins to watch the sources of `project`; what changes from now on reaches the containers once it runs. */
export async function prepareLive(
  reached: ReachedEngine,
  flags: PushFlags,
  { project, services }: { project: Project; services: readonly string[] },
  { output, isVerbose }: Surroundings & { isVerbose: boolean },
): Promise<Live> {
  const report: (event: LiveEvent) => void = openLiveReporter(output, { services, isVerbose });
  return openLive({
    ...{ engine: reached.engine, project, services, report, clock: systemClock },
    async rebuild(names, signal) {
      const again = await openProject(flags, await deviceKindOf(reached), { ...output, isQuiet: true });
      const how = { extent: 'all', removesOrphans: false } as const;
      const wanted = { ...flags, service: names, 'no-cache': false, pull: false };
      using reporter = openPushReporter(output, { showsPlan: false, services });
      const inner = (event: PushEvent): void => {
        if (event.type !== 'url' && event.type !== 'project') reporter.report(event);
      };
      await pushProject(reached, again, wanted, how, { output, signal, report: inner });
      return again;
    },
  });
}

/** Prints what the services say, and runs `live` beside it, until the signal aborts. */
export async function follow(
  { engine }: ReachedEngine,
  { project, services }: Followed,
  { output, signal }: Surroundings,
  live?: Live,
): Promise<void> {
  const { systemTime } = await engine.readInfo(signal);
  const report = openLogReporter(output, {
    ...{ services: services.length === 1 ? [] : services, showsTimes: false, isRaw: false },
  });
  const past = { tail: 10, since: parseSince('1m', systemTime) };
  await together(signal, [
    within => followProject(engine, { project, services, follow: true, signal: within, ...past }, report),
    ...(live === undefined ? [] : [(within: AbortSignal) => live.run(within)]),
  ]);
}
