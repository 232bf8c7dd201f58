/** A context that is watched on the real file system, and the batches it has told. */
import type { Build } from '../../src/project/build.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Changed } from '../../src/sync/tree/host-tree.ts';
import { openContextWatch, type ContextWatch } from '../../src/sync/watch/open-context-watch.ts';

/** Without `dockerfile` the Dockerfile is no file. */
export const buildOf = (contextDirectory: string, dockerfile?: string): Build => {
  const from = dockerfile === undefined ? { kind: 'inline', file: '' } : { kind: 'named', file: dockerfile };
  return { contextDirectory, dockerfile: { ...from, text: '' } } as unknown as Build;
};

export interface WatchedContext extends AsyncDisposable {
  readonly watch: ContextWatch;
  readonly batches: readonly Changed[];
  readonly timesAway: () => number;
}

export async function openWatchedContext(directory: string, dockerfile?: string): Promise<WatchedContext> {
  const batches: Changed[] = [];
  const stop = new AbortController();
  const watch = await openContextWatch(buildOf(directory, dockerfile), {
    clock: systemClock,
    onWarning: message => {
      throw new Error(message);
    },
  });
  let awayCount = 0;
  const listener = {
    onBatch: (changed: Changed) => void batches.push(changed),
    onAway: () => void (awayCount += 1),
  };
  const running = watch.run(listener, stop.signal).catch(() => undefined);
  return {
    ...{ watch, batches, timesAway: () => awayCount },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await watch[Symbol.asyncDispose]();
    },
  };
}
