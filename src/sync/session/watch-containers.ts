import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { composeLabels } from '../../release/desired/labels.ts';
import type { ServiceSession } from '../service/service-session.ts';

const retryMs = 500;
const actions = new Set(['start', 'stop', 'destroy']);

/** Notifies sessions of events of their containers, and of a lost connection, after which events may be missing. */
export async function watchContainers(
  engine: Engine,
  project: string,
  sessions: readonly ServiceSession[],
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const labels = { [composeLabels.project]: project };
  const lookAtAll = (): void => {
    for (const session of sessions) session.handleConnectionEvent();
  };
  for (let isFirst = true; ; isFirst = false) {
    try {
      const onOpen = isFirst ? undefined : lookAtAll;
      const types = ['container'];
      for await (const { action, id, attributes } of engine.watchEvents({
        types,
        labels,
        signal,
        ...(onOpen && { onOpen }),
      }))
        if (actions.has(action))
          for (const session of sessions)
            if (session.service === attributes[composeLabels.service])
              session.handleContainerEvent(id, action);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OsError) || error.code !== 'connection-lost') throw error;
    }
    if (isFirst) lookAtAll();
    await clock.sleep(retryMs, signal);
  }
}
