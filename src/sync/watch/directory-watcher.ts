/** The system's own news of changes: a watch a directory, or one for a whole tree where the system has such a thing. */
import { watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { errnoOf } from '../../core/errors.ts';
import { isForbidden, isGone } from '../tree/read-node.ts';

interface WatcherOptions {
  /** What is looked at again and again where the system can't watch: directories, files. */
  readonly places: readonly string[];
  /** An absolute path; what happened to it is for the listener to find out. */
  readonly onChange: (file: string) => void;
  readonly onWarning: (message: string) => void;
  readonly clock: Clock;
}

const hasTrees = process.platform === 'darwin' || process.platform === 'win32';
const shortestPollMs = 1000;
/** For a large tree looking at all of it takes its time. */
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

  /** What happens in `directory` is told from now on. To be called again for one that may have been replaced. */
  add(directory: string): void {
    if (this.#isPolling || this.#stop.signal.aborted) return;
    if (hasTrees && [...this.#watches.keys()].some(it => directory.startsWith(it + path.sep))) return;
    const old = this.#watches.get(directory);
    const { onChange } = this.#options;
    try {
      const opened = watch(directory, { recursive: hasTrees }, (_, name) => {
        // What happens to the directory itself is told under its own name, as if it held one of that name.
        if (name === null || name === path.basename(directory)) onChange(directory);
        if (name !== null) onChange(path.join(directory, name));
      });
      // It is gone, which its parent tells.
      opened.on('error', () => opened.close());
      this.#watches.set(directory, opened);
    } catch (error) {
      const sysctl = sysctls.get(errnoOf(error) ?? '');
      if (sysctl !== undefined) this.#poll(sysctl);
      // The old one tells when that is over.
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
    const look = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(Math.max(shortestPollMs, size * pollMsPerDirectory), this.#stop.signal);
        for (const place of places) onChange(place);
      }
    };
    look().catch(() => undefined); // it is told to stop
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
