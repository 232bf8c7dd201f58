import { OsError } from '../../../core/errors.ts';
import type { PushDone } from '../../../release/apply/events.ts';
import { withAdvice } from './advice.ts';
import type { SessionDependencies } from '../dependencies.ts';
import { toPushRequest } from './release-once.ts';
import type { PushRequest } from '../requests.ts';
import { openSession } from './session.ts';

/** A service that does not stay up ends a push, but not a live session: the next edit may mend it. */
async function reportingCrash(
  { report, settle }: SessionDependencies,
  push: () => Promise<PushDone>,
): Promise<PushDone | undefined> {
  try {
    return await push();
  } catch (error) {
    if (!(error instanceof OsError) || error.code !== 'service-failed') throw error;
    settle();
    report({ type: 'warning', message: error.message });
    return undefined;
  }
}

/**
 * Makes a device run a project. Attached, it then follows logs and syncs edits until `signal` aborts, which it throws;
 * else it ends with the event `done`.
 */
export async function push(dependencies: SessionDependencies, request: PushRequest): Promise<void> {
  const { report, signal } = dependencies;
  const { isAttached, registrySecretsFile } = request;
  const isLive = isAttached && request.isLive;
  const reached = await dependencies.reach(request.target);
  await using _engine = reached.engine;
  const form = isLive ? 'live' : 'plain';
  const project = await dependencies.readProject(request.project, form, { device: reached, isQuiet: false });
  await using session = await openSession(
    dependencies,
    { reached, request, project },
    { isLive, isAttaching: false },
  );
  let isUp = false;
  const advise = (): string =>
    isUp
      ? `the services on ${reached.name} are left as they are; \`os live\` goes on syncing, \`os down\` removes them`
      : 'stopped; push again to continue';
  await withAdvice(signal, advise, async () => {
    const release = (): Promise<PushDone> =>
      dependencies.release(reached, toPushRequest(project, 'all', request), {
        signal,
        report,
        registrySecretsFile,
      });
    const done = isLive ? await reportingCrash(dependencies, release) : await release();
    isUp = true;
    if (done !== undefined) report({ ...done, type: isAttached ? 'up' : 'done' });
    if (isAttached) await session.follow(signal);
  });
}
