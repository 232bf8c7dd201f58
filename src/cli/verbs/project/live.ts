import { assertSameProject } from '../../../release/plan/check-origin.ts';
import { listServices, selectRunning } from '../../../release/running/project-services.ts';
import { withAdvice } from './advice.ts';
import type { SessionDependencies } from '../dependencies.ts';
import type { BuildRequest } from '../requests.ts';
import { openSession } from './session.ts';

/**
 * Keeps what a device runs in sync with its sources and follows the logs, until `signal` aborts, which it throws. Throws
 * OsError `usage` if the device does not run the project.
 */
export async function live(dependencies: SessionDependencies, request: BuildRequest): Promise<void> {
  const { signal } = dependencies;
  const reached = await dependencies.reach(request.target);
  await using _engine = reached.engine;
  const project = await dependencies.readProject(request.project, 'live', {
    device: reached,
    isQuiet: false,
  });
  selectRunning(await listServices(reached.engine, project.name, signal), [], project.name);
  await assertSameProject(reached.engine, project, signal);
  await using session = await openSession(
    dependencies,
    { reached, project, request: { ...request, removesOrphans: false, isLive: true } },
    { isLive: true, isAttaching: true },
  );
  const advise = (): string =>
    `the services on ${reached.name} are left as they are; \`os down\` removes them`;
  await withAdvice(signal, advise, () => session.follow(signal));
}
