import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { statIfPresent } from '../tree/read-node.ts';
import { Bell } from './bell.ts';
import { openWatcher, type WatchOptions } from './open-watcher.ts';

const retryMs = 300;

/** A watcher that outlives its directory: one that goes away (a checkout, a mount) is watched again when it is back. */
export async function openLastingWatcher(
  directory: string,
  options: WatchOptions,
  clock: Clock,
): Promise<AsyncDisposable> {
  const { onChange, files = [], onWarning } = options;
  const stop = new AbortController();
  const bell = new Bell();
  const inodeOf = async (): Promise<number | undefined> => (await statIfPresent(directory))?.ino;
  const open = (): Promise<AsyncDisposable> =>
    openWatcher(directory, {
      ...options,
      onChange(name) {
        onChange(name);
        if (name === '') bell.ring();
      },
    });
  let inode = await inodeOf();
  let watcher = await open();
  const keep = async (): Promise<never> => {
    for (;;) {
      await bell.wait(stop.signal);
      let now = await inodeOf();
      if (now === inode) continue;
      while (now === undefined) {
        await clock.sleep(retryMs, stop.signal);
        now = await inodeOf();
      }
      await watcher[Symbol.asyncDispose]();
      inode = now;
      watcher = await open();
      for (const name of ['', ...files]) onChange(name);
    }
  };
  const keeping = keep().catch((error: unknown) => {
    if (!stop.signal.aborted) onWarning(messageOf(error));
  });
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await keeping;
      await watcher[Symbol.asyncDispose]();
    },
  };
}
