import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { composeLabels } from '../../release/labels.ts';
import type { ServiceSession } from './service-session.ts';

const retryMs = 500;
const actions = new Set(['start', 'stop', 'destroy']);

/** Tells sessions what happens to their containers, and when nobody can know because the connection is lost. */
export async function watchContainers(
  engine: Engine,
  project: string,
  sessions: readonly ServiceSession[],
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  const labels = { [composeLabels.project]: project };
  const lookAtAll = (): void => {
    for (const session of sessions) session.lookAtAll();
  };
  for (let isFirst = true; ; isFirst = false) {
    try {
      const onOpen = isFirst ? undefined : lookAtAll;
      const types = ['container'];
      for await (const { action, id, attributes } of engine.watchEvents({
        ...{ types, labels, signal },
        ...(onOpen && { onOpen }),
      }))
        if (actions.has(action))
          for (const session of sessions)
            if (session.service === attributes[composeLabels.service]) session.look(id, action);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OsError) || error.code !== 'connection-lost') throw error;
    }
    if (isFirst) lookAtAll();
    await clock.sleep(retryMs, signal);
  }
}
