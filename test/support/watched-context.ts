/** A context that is watched on the real file system, and the batches it has told. */
import { readdir, readFile } from 'node:fs/promises';
import { systemClock, type Clock } from '../../src/core/clock.ts';
import type { Changed } from '../../src/sync/tree/known-tree.ts';
import type { ContextWatch } from '../../src/sync/watch/context-watch.ts';
import { openContextWatch, type Watched } from '../../src/sync/watch/open-context-watch.ts';

/** A context; without `dockerfile` the Dockerfile is no file. */
export const contextIn = (directory: string, dockerfile?: string): Watched => ({
  directory,
  build: {
    dockerfile: dockerfile === undefined ? { kind: 'inline', file: '' } : { kind: 'plain', file: dockerfile },
  },
  rules: [],
});

export interface WatchedContext extends AsyncDisposable {
  readonly watch: ContextWatch;
  readonly batches: readonly Changed[];
  readonly timesAway: () => number;
}

export async function openWatchedContext(
  watched: string | Watched,
  clock: Clock = systemClock,
): Promise<WatchedContext> {
  const batches: Changed[] = [];
  const stop = new AbortController();
  const watch = await openContextWatch(typeof watched === 'string' ? contextIn(watched) : watched, {
    clock,
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
      watch[Symbol.dispose]();
    },
  };
}

/** Every name that a batch had. */
export const toldNames = ({ batches }: WatchedContext): string[] => [
  ...new Set(batches.flatMap(it => [...it.keys()])),
];

/** What this process watches, as the system knows it. */
export async function watchedInodes(): Promise<number[]> {
  const all = await readdir('/proc/self/fdinfo');
  const texts = await Promise.all(all.map(it => readFile(`/proc/self/fdinfo/${it}`, 'utf8').catch(() => '')));
  return texts.flatMap(text =>
    [...text.matchAll(/^inotify wd:\S+ ino:(\S+)/gm)].map(([, ino = '']) => Number.parseInt(ino, 16)),
  );
}
