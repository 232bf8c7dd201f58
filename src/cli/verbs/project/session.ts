/** The attached half of `os push`, and all of `os live`: logs and live sync beside each other, until Ctrl-C. */
import { together } from '../../../core/together.ts';
import type { Project } from '../../../project/project.ts';
import type { PushDone } from '../../../release/apply/events.ts';
import { selectServices } from '../../../release/running/select-services.ts';
import { longestGraceMs } from '../../../sync/container/restart-service.ts';
import type { SessionEvent } from '../../../ui/session/session-reporter.ts';
import type { ReachedEngine } from '../../../reach/engine/reached-engine.ts';
import type { LiveSessionOptions, SessionDependencies } from '../dependencies.ts';
import type { PlanRequest } from '../requests.ts';

export interface Session extends AsyncDisposable {
  /** Follows logs and, if the session is live, syncs edits until `signal` aborts. */
  follow(signal: AbortSignal): Promise<void>;
}

export interface SessionOptions {
  readonly isLive: boolean;
  readonly isAttaching: boolean;
}

const servicesOf = (project: Project, names: readonly string[]): string[] =>
  selectServices(project, names).map(({ name }) => name);

/** Events of a rebuild that the session already reports in its own words. */
const isRepeated = ({ type }: SessionEvent): boolean => type === 'url' || type === 'project';

/**
 * Opens a session for `project` on `reached`. Live, it watches the sources from the moment this resolves, so that no edit
 * between a push and the session is lost.
 */
export async function openSession(
  dependencies: SessionDependencies,
  {
    reached,
    request,
    project,
  }: { readonly reached: ReachedEngine; readonly request: PlanRequest; readonly project: Project },
  { isLive, isAttaching }: SessionOptions,
): Promise<Session> {
  const { report, settle } = dependencies;
  // The project may gain and lose services during the session.
  let followed = new Set(servicesOf(project, request.services));

  const rebuild: LiveSessionOptions['push'] = async (from, services, signal) => {
    const isProject = services.length === 0;
    if (isProject) followed = new Set(servicesOf(from, request.services));
    const reportRebuild = (event: SessionEvent): void => {
      if (!isRepeated(event)) report(event);
    };
    let done: PushDone;
    try {
      done = await dependencies.release(
        reached,
        {
          project: from,
          extent: 'all',
          runner: request.runner,
          overridesLocks: request.overridesLocks,
          services: isProject ? request.services : services,
          isCacheUsed: true,
          isPulled: false,
          removesOrphans: isProject && request.removesOrphans,
          longestStopS: longestGraceMs / 1000,
        },
        {
          signal,
          report: reportRebuild,
          registrySecretsFile: request.registrySecretsFile,
        },
      );
    } finally {
      settle();
    }
    if (isProject) report({ ...done, type: 'up' });
  };

  const live = isLive
    ? await dependencies.openLive(reached, {
        project,
        isAttaching,
        report,
        services: request.services,
        select: from => servicesOf(from, request.services),
        readProject: () =>
          dependencies.readProject(request.project, 'live', { device: reached, isQuiet: true }),
        push: rebuild,
      })
    : undefined;

  return {
    async follow(signal) {
      report({ type: 'attached', isLive });
      await together(signal, [
        innerSignal =>
          dependencies.followLogs(reached, {
            project: project.name,
            isWanted: service => followed.has(service),
            signal: innerSignal,
            report,
          }),
        ...(live === undefined ? [] : [(innerSignal: AbortSignal) => live.run(innerSignal)]),
      ]);
    },
    async [Symbol.asyncDispose]() {
      await live?.[Symbol.asyncDispose]();
    },
  };
}
