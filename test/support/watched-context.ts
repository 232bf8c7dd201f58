/** A context that is watched on the real file system, and the batches it has told. */
import type { Build } from '../../src/project/build.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Changed } from '../../src/sync/tree/host-tree.ts';
import { openContextWatch, type ContextWatch } from '../../src/sync/watch/open-context-watch.ts';

export const buildOf = (contextDirectory: string): Build =>
  ({ contextDirectory, dockerfile: { kind: 'inline', file: '', text: '' } }) as unknown as Build;

export interface WatchedContext extends AsyncDisposable {
  readonly watch: ContextWatch;
  readonly batches: readonly Changed[];
}

export async function openWatchedContext(directory: string): Promise<WatchedContext> {
  const batches: Changed[] = [];
  const stop = new AbortController();
  const watch = await openContextWatch(buildOf(directory), {
    clock: systemClock,
    onWarning: message => {
      throw new Error(message);
    },
  });
  const running = watch.run(changed => batches.push(changed), stop.signal).catch(() => undefined);
  return {
    ...{ watch, batches },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await watch[Symbol.asyncDispose]();
    },
  };
}
