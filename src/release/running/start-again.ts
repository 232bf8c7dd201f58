/** Starts services that were stopped for a short work, and stay after all. */
import { openDeadline } from '../../core/deadline.ts';
import { systemClock, type Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { someNames } from '../../core/some-names.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import type { PushEvent, Report } from '../apply/events.ts';
import { composeLabels } from '../desired/labels.ts';
import type { Runner } from './supervisor.ts';

/** The time an engine that is out of reach is waited for. */
const restoreMs = 30_000;

/** An engine or a link that was lost is often back in this time. */
const retryMs = 1000;
/** An engine that is being ended refuses what it is asked, before it is out of reach. */
const refusedMs = 10_000;

interface StartOptions {
  readonly report: Report<PushEvent>;
  readonly onWarning: (message: string) => void;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** True for the error of a deadline that has passed. */
export const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

/**
 * Starts the containers of a project that stays, also after Ctrl-C, and where the engine is out of reach for a while. A warning
 * names the services that are not running then. The supervisor itself recreates those that it has removed.
 */
export async function startAgain(
  engine: Pick<Engine, 'getContainer' | 'startContainer' | 'where'>,
  containers: readonly ContainerSummary[],
  { project, from }: { readonly project: string; readonly from: Runner },
  { report, onWarning, clock = systemClock }: StartOptions,
): Promise<void> {
  const deadlineMs = clock.nowMs() + restoreMs;
  const [removed, stopped, broken]: [string[], string[], string[]] = [[], [], []];
  let reason = '';
  for (const { id, labels } of containers) {
    const service = labels[composeLabels.service] ?? '';
    const failure = await startUntil(engine, id, clock, deadlineMs);
    if (failure === undefined) report({ type: 'service', service, state: 'restored', cause: '' });
    else if (failure.code !== 'engine-missing') {
      stopped.push(service);
      reason = failure.message;
    } else if (await isThere(engine, id)) {
      broken.push(service);
      reason = failure.message;
    } else if (from === 'engine') removed.push(service);
  }
  if (removed.length > 0)
    onWarning(
      `${someNames(removed)} of ${project} had been removed already; go on with: os push ${engine.where} --runner engine`,
    );
  if (broken.length > 0)
    onWarning(
      `${someNames(broken)} of ${project} cannot be started again: ${reason}; go on with: os push ${engine.where} --runner ${from}`,
    );
  if (stopped.length > 0)
    onWarning(
      `${someNames(stopped)} of ${project} cannot be started again: ${reason}; go on with: os start ${engine.where}`,
    );
}

/** A container that is there may lack its network, and is not started either. */
async function isThere(engine: Pick<Engine, 'getContainer'>, id: string): Promise<boolean> {
  const { signal } = new AbortController();
  using deadline = openDeadline(signal, refusedMs);
  try {
    await engine.getContainer(id, deadline.signal);
    return true;
  } catch (error) {
    if (!(error instanceof OsError) && !isTimeout(error)) throw error;
    return false;
  }
}

/** Returns why the container cannot be started by `deadlineMs`; undefined if it is. */
async function startUntil(
  engine: Pick<Engine, 'startContainer'>,
  id: string,
  clock: Clock,
  deadlineMs: number,
): Promise<Pick<OsError, 'code' | 'message'> | undefined> {
  const { signal } = new AbortController();
  for (;;) {
    using deadline = openDeadline(signal, Math.max(retryMs, deadlineMs - clock.nowMs()));
    try {
      await engine.startContainer(id, deadline.signal);
      return undefined;
    } catch (error) {
      if (isTimeout(error)) return { code: 'connection-lost', message: 'the engine does not answer in time' };
      if (!(error instanceof OsError)) throw error;
      const isAway = error.code === 'connection-lost' || error.code === 'device-unreachable';
      if (error.code === 'engine-missing') return error;
      if (clock.nowMs() >= deadlineMs - (isAway ? 0 : restoreMs - refusedMs)) return error;
    }
    await clock.sleep(retryMs, signal);
  }
}
