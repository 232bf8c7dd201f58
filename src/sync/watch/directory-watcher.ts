/** Reports changes by the system's own events: one watch a directory, or one for the tree on systems that watch whole trees. */
import { watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { errnoOf } from '../../core/errors.ts';
import { isForbidden, isGone } from '../tree/read-node.ts';

interface WatcherOptions {
  /** Directories and files to report at intervals if the system can't watch. */
  readonly places: readonly string[];
  /** Gets an absolute path. The listener has to find out what happened to it. */
  readonly onChange: (file: string) => void;
  readonly onWarning: (message: string) => void;
  readonly clock: Clock;
}

const hasTrees = process.platform === 'darwin' || process.platform === 'win32';
const shortestPollMs = 1000;
/** Polling reads the whole tree, which takes longer the more directories there are. */
const pollMsPerDirectory = 2;

const sysctls = new Map([
  ['ENOSPC', 'fs.inotify.max_user_watches=1048576'],
  ['EMFILE', 'fs.inotify.max_user_instances=1024'],
]);

export class DirectoryWatcher implements Disposable {
  readonly #options: WatcherOptions;
  readonly #watches = new Map<string, FSWatcher>();
  readonly #stop = new AbortController();
  #isPolling = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** Reports changes in `directory` from now on. Call it again for a directory that may have been replaced. */
  add(directory: string): void {
    if (this.#isPolling || this.#stop.signal.aborted) return;
    if (hasTrees && [...this.#watches.keys()].some(it => directory.startsWith(it + path.sep))) return;
    const old = this.#watches.get(directory);
    const { onChange } = this.#options;
    try {
      const opened = watch(directory, { recursive: hasTrees }, (_, name) => {
        // Linux reports a change of the directory itself under its own name, like a change of a file of that name in it.
        if (name === null || name === path.basename(directory)) onChange(directory);
        if (name !== null) onChange(path.join(directory, name));
      });
      // The directory is gone, and the watch of its parent reports that.
      opened.on('error', () => opened.close());
      this.#watches.set(directory, opened);
    } catch (error) {
      const sysctl = sysctls.get(errnoOf(error) ?? '');
      if (sysctl !== undefined) this.#poll(sysctl);
      // The old watch reports when it is readable again.
      else if (isForbidden(error)) return;
      else if (!isGone(error)) throw error;
    }
    old?.close();
  }

  remove(directory: string): void {
    this.#watches.get(directory)?.close();
    this.#watches.delete(directory);
  }

  #poll(sysctl: string): void {
    const { places, onChange, onWarning, clock } = this.#options;
    const { size } = this.#watches;
    this.#isPolling = true;
    this.#closeAll();
    onWarning(
      `this system lets a user watch no more than ${size.toString()} directories here, so they are looked at again and again, which takes longer; to raise the limit: sudo sysctl ${sysctl}`,
    );
    const poll = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(Math.max(shortestPollMs, size * pollMsPerDirectory), this.#stop.signal);
        for (const place of places) onChange(place);
      }
    };
    poll().catch(() => undefined); // the watcher is disposed
  }

  #closeAll(): void {
    for (const it of this.#watches.values()) it.close();
    this.#watches.clear();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#closeAll();
  }
}
