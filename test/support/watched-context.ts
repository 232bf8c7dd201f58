/** A context that is watched on the real file system, and the batches it has told. */
import { systemClock } from '../../src/core/clock.ts';
import type { Changed } from '../../src/sync/tree/host-tree.ts';
import {
  openContextWatch,
  type ContextWatch,
  type Watched,
} from '../../src/sync/watch/open-context-watch.ts';

/** A context, with a Dockerfile that is nowhere. */
export const contextIn = (directory: string): Watched => ({
  directory,
  build: { dockerfile: { kind: 'inline', file: '' } },
  rules: [],
});

export interface WatchedContext extends AsyncDisposable {
  readonly watch: ContextWatch;
  readonly batches: readonly Changed[];
}

export async function openWatchedContext(watched: string | Watched): Promise<WatchedContext> {
  const batches: Changed[] = [];
  const stop = new AbortController();
  const watch = await openContextWatch(typeof watched === 'string' ? contextIn(watched) : watched, {
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
