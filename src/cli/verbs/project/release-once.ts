import type { Project } from '../../../project/project.ts';
import type { PushDone } from '../../../release/apply/events.ts';
import type { PushRequest } from '../../../release/apply/push-request.ts';
import type { ReleaseDependencies } from '../dependencies.ts';
import type { PlanRequest } from '../requests.ts';

/** Turns a request into that of a release. */
export const toPushRequest = (
  project: Project,
  extent: PushRequest['extent'],
  {
    runner,
    takesOver,
    copiesVolumes,
    overridesLocks,
    services,
    isCacheUsed,
    usesDeltas,
    isPulled,
    removesOrphans,
  }: PlanRequest,
): PushRequest => ({
  project,
  extent,
  runner,
  takesOver,
  copiesVolumes,
  overridesLocks,
  services,
  isCacheUsed,
  usesDeltas,
  isPulled,
  removesOrphans,
});

/** Reaches the device, reads the project, and works up to `extent`. The last event is `done`. */
export async function releaseOnce(
  dependencies: ReleaseDependencies,
  request: PlanRequest,
  extent: 'plan' | 'build',
): Promise<PushDone> {
  const { report, signal } = dependencies;
  const { registrySecretsFile } = request;
  const reached = await dependencies.reach(request.target);
  await using _engine = reached.engine;
  const form = request.isLive ? 'live' : 'plain';
  const project = await dependencies.readProject(request.project, form, { device: reached, isQuiet: false });
  const done = await dependencies.release(reached, toPushRequest(project, extent, request), {
    signal,
    report,
    registrySecretsFile,
  });
  report(done);
  return done;
}
