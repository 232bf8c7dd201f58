import { createHash } from 'node:crypto';
import { OsError } from '../../core/errors.ts';
import type { Engine, ExecStream } from '../../engine/engine.ts';
import type { Change } from './change.ts';
import { lookInside } from './look-inside.ts';
import { toFrames } from './script.ts';
import { shellLoop } from './shell-loop.ts';
import { ShellStream } from './shell-stream.ts';
import type { Found, Mount, Transport, TransportOptions } from './transport.ts';
import { everyByte, textWord } from './words.ts';

/** Paths asked for in one frame. */
const askedAtOnce = 500;

/**
 * A shell in the running container `id`, as root. Undefined where the image has no shell, or not the few programs
 * that are needed. Throws OsError `engine-conflict` where the container doesn't run.
 */
export async function openShell(
  engine: Engine,
  id: string,
  options: TransportOptions,
): Promise<Transport | undefined> {
  const { signal } = options;
  let exec: ExecStream;
  try {
    // A service that runs without capabilities would keep root from its files.
    const how = { user: '0', isPrivileged: true, signal };
    exec = await engine.openExec(id, { command: ['/bin/sh', '-c', shellLoop], ...how });
  } catch (error) {
    if (error instanceof OsError && error.code === 'engine-refused') return undefined;
    throw error;
  }
  const stream = new ShellStream(exec, engine.where);
  try {
    const isReady = await stream.greeting;
    signal.throwIfAborted();
    if (isReady) return new ShellTransport(stream, { ...options, hasPrintf: await canPrint(stream) });
  } catch (error) {
    await stream[Symbol.asyncDispose]();
    throw error;
  }
  await stream[Symbol.asyncDispose]();
  return undefined;
}

/** Whether the shell's printf carries what files are made of; not every shell's does. */
async function canPrint(stream: ShellStream): Promise<boolean> {
  const [sum] = await stream.run(`printf %b ${textWord(everyByte) ?? ''} | sha256sum | tr '\\n' '\\0'\n`);
  return sum?.subarray(0, 64).toString() === createHash('sha256').update(everyByte).digest('hex');
}

class ShellTransport implements Transport {
  readonly kind = 'shell';
  readonly #stream: ShellStream;
  readonly #options: TransportOptions & { readonly hasPrintf: boolean };

  constructor(stream: ShellStream, options: TransportOptions & { readonly hasPrintf: boolean }) {
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
    // All frames are on their way before the first is answered; the first that fails is told when all have ended.
    for await (const frame of toFrames(changes, { ...this.#options, mounts: this.mounts })) {
      signal.throwIfAborted();
      answers.push((await this.#stream.send(frame)).answer);
    }
    const failed = (await Promise.allSettled(answers)).find(it => it.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    signal.throwIfAborted();
  }

  async read(paths: readonly string[], signal: AbortSignal): Promise<readonly Found[]> {
    const found: Found[] = [];
    for (let at = 0; at < paths.length; at += askedAtOnce) {
      signal.throwIfAborted();
      const some = paths.slice(at, at + askedAtOnce);
      found.push(...(await lookInside(script => this.#stream.run(script), some)));
    }
    return found;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stream[Symbol.asyncDispose]();
  }
}
