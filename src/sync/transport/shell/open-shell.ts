import type { Mutable } from '../../../core/mutable.ts';
import { createHash, randomBytes } from 'node:crypto';
import { OsError } from '../../../core/errors.ts';
import type { Engine, ExecStream } from '../../../engine/engine.ts';
import { openBufferCollector } from '../../../core/collect-buffers.ts';
import type { Change, FileChange } from '../change.ts';
import { readPaths, readLinks } from './read-paths.ts';
import { toFrames } from './script.ts';
import { sendInParts } from './send-in-parts.ts';
import { mountPointOf, parentOf } from '../mount-points.ts';
import { shellLoop, unfinishedName } from './shell-loop.ts';
import { ShellStream } from './shell-stream.ts';
import type { Found, LargeOptions, Mount, Transport, TransportOptions } from '../transport.ts';
import { everyByte, textWord, words } from './words.ts';

/** The number of paths asked for in one frame. */
const askedAtOnce = 500;

/**
 * Opens a shell in the running container `id`, as root. Returns undefined if the image has no shell, or not the few programs
 * that are needed. Throws OsError `engine-conflict` if the container doesn't run.
 */
export async function openShell(
  engine: Engine,
  id: string,
  options: TransportOptions,
): Promise<Transport | undefined> {
  const { leftovers, signal } = options;
  const mark = randomBytes(8).toString('hex');
  let exec: ExecStream;
  try {
    // A service that runs without capabilities would keep root from its files.
    const how = { user: '0', isPrivileged: true, signal };
    const command = ['/bin/sh', '-c', shellLoop, 'sh', mark];
    exec = await engine.openExec(id, { command, ...how });
  } catch (error) {
    if (error instanceof OsError && error.code === 'engine-refused') return undefined;
    throw error;
  }
  const stream = new ShellStream(exec, engine.where);
  try {
    const isReady = await stream.greeting;
    signal.throwIfAborted();
    if (isReady) {
      await removeLeftovers(stream, leftovers);
      const name = unfinishedName(mark);
      return new ShellTransport(stream, {
        ...options,
        hasPrintf: await canPrint(stream),
        unfinishedName: name,
      });
    }
  } catch (error) {
    await stream[Symbol.asyncDispose]();
    throw error;
  }
  await stream[Symbol.asyncDispose]();
  return undefined;
}

/** Returns true if the shell's printf carries every byte; not every shell's does. */
async function canPrint(stream: ShellStream): Promise<boolean> {
  const [sum] = await stream.run(`printf %b ${textWord(everyByte) ?? ''} | sha256sum | tr '\\n' '\\0'\n`);
  return sum?.subarray(0, 64).toString() === createHash('sha256').update(everyByte).digest('hex');
}

/** A file system that has become read-only keeps them, which is no reason to end the session. */
async function removeLeftovers(stream: ShellStream, leftovers: Set<string>): Promise<void> {
  const paths = [...leftovers];
  for (let at = 0; at < paths.length; at += askedAtOnce) {
    const some = paths.slice(at, at + askedAtOnce);
    await stream.run(`rm -rf -- ${words(some)} 2>/dev/null || :\n`);
    for (const path of some) leftovers.delete(path);
  }
}

/** The part of a large file that has been sent. */
type UnfinishedFile = Mutable<{
  readonly path: string;
  readonly sha256: string;
  readonly sentBytes: number;
  readonly answers: Promise<unknown>[];
}>;

/** Throws the first failure, once all have been answered. */
async function settle(answers: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(answers)).find(it => it.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

interface ShellOptions extends TransportOptions {
  /** True if the shell's printf carries every byte. */
  readonly hasPrintf: boolean;
  /** Name of a file or directory that is not whole yet, in any directory. */
  readonly unfinishedName: string;
}

class ShellTransport implements Transport {
  readonly kind = 'shell';
  readonly #stream: ShellStream;
  readonly #options: ShellOptions;
  readonly #collect = openBufferCollector();
  #partial: UnfinishedFile | undefined;

  constructor(stream: ShellStream, options: ShellOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  get mounts(): readonly Mount[] {
    return this.#stream.mounts;
  }

  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  async apply(changes: readonly Change[], signal: AbortSignal): Promise<void> {
    const answers: Promise<unknown>[] = [];
    try {
      // All frames are on their way before the first is answered; the first failure is thrown when all have ended.
      for await (const frame of toFrames(changes, { ...this.#options, mounts: this.mounts })) {
        signal.throwIfAborted();
        answers.push((await this.#stream.send(frame)).answer);
      }
      await settle(answers);
    } catch (error) {
      if (!this.isOpen) this.#noteLeftovers(changes);
      throw error;
    }
    signal.throwIfAborted();
  }

  /** A shell that is killed removes nothing of what it was putting together: beside a file, or on its file system. */
  #noteLeftovers(changes: readonly Change[]): void {
    const { leftovers, unfinishedName: name } = this.#options;
    for (const { do: kind, path } of changes) {
      if (kind !== 'write') continue;
      const parent = parentOf(path);
      for (const directory of [parent, mountPointOf(this.mounts, parent)])
        leftovers.add(`${directory === '/' ? '' : directory}/${name}`);
    }
  }

  get partialPath(): string | undefined {
    return this.#partial?.path;
  }

  async writeLarge(change: FileChange, { sha256, yields, signal }: LargeOptions): Promise<boolean> {
    const former = this.#partial;
    const isResumed = former?.path === change.path && former.sha256 === sha256;
    const partial = isResumed ? former : { path: change.path, sha256, sentBytes: 0, answers: [] };
    this.#partial = partial;
    await using file = await this.#options.openSource(change.name);
    if (file === undefined) return true;
    const failure = new AbortController();
    try {
      // A failure after the last call is known by now, or soon.
      await settle(partial.answers.splice(0));
      for await (const frame of sendInParts(change, file, partial.sentBytes)) {
        signal.throwIfAborted();
        if (partial.sentBytes >= file.sizeBytes) this.#partial = undefined;
        const { answer } = await this.#stream.send(frame);
        answer.catch(() => failure.abort());
        partial.answers.push(answer);
        if (failure.signal.aborted) break;
        partial.sentBytes += frame.blob.length;
        this.#collect(frame.blob);
        if (yields.aborted && frame.blob.length > 0) return false;
      }
      await settle(partial.answers);
    } catch (error) {
      if (!this.isOpen) this.#noteLeftovers([change]);
      if (!signal.aborted) this.#partial = undefined;
      throw error;
    }
    this.#partial = undefined;
    signal.throwIfAborted();
    return true;
  }

  async read(paths: readonly string[], signal: AbortSignal): Promise<readonly Found[]> {
    const found: Found[] = [];
    for (let at = 0; at < paths.length; at += askedAtOnce) {
      signal.throwIfAborted();
      const some = paths.slice(at, at + askedAtOnce);
      found.push(...(await readPaths(script => this.#stream.run(script), some)));
    }
    return found;
  }

  async readLinks(paths: readonly string[], signal: AbortSignal): Promise<readonly (string | undefined)[]> {
    const links: (string | undefined)[] = [];
    for (let at = 0; at < paths.length; at += askedAtOnce) {
      signal.throwIfAborted();
      links.push(...(await readLinks(script => this.#stream.run(script), paths.slice(at, at + askedAtOnce))));
    }
    return links;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stream[Symbol.asyncDispose]();
  }
}
