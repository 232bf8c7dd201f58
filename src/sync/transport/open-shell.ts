import { createHash } from 'node:crypto';
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Engine, ExecStream } from '../../engine/engine.ts';
import type { Node } from '../tree/node.ts';
import type { Change } from './change.ts';
import { encodeFrame, RecordReader, type Frame } from './frame.ts';
import { toFrames } from './script.ts';
import { shellLoop } from './shell-loop.ts';
import { SyncRefusal, type Found, type Mount, type Transport, type TransportOptions } from './transport.ts';
import { everyByte, textWord, word, words } from './words.ts';

const none = Buffer.alloc(0);
/** Paths asked for in one frame. */
const askedAtOnce = 500;

interface Waiting {
  readonly records: Buffer[];
  readonly settle: (failure?: Error) => void;
}

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
  let stream: ExecStream;
  try {
    // A service that runs without capabilities would keep root from its files.
    const how = { user: '0', isPrivileged: true, signal };
    stream = await engine.openExec(id, { command: ['/bin/sh', '-c', shellLoop], ...how });
  } catch (error) {
    if (error instanceof OsError && error.code === 'engine-refused') return undefined;
    throw error;
  }
  const shell = new ShellTransport(stream, engine.where, options);
  try {
    if (await shell.isReady(signal)) return shell;
  } catch (error) {
    await shell[Symbol.asyncDispose]();
    throw error;
  }
  await shell[Symbol.asyncDispose]();
  return undefined;
}

class ShellTransport implements Transport {
  readonly kind = 'shell';
  readonly #stream: ExecStream;
  readonly #where: string;
  readonly #options: TransportOptions;
  readonly mounts: Mount[] = [];
  #hasPrintf = false;
  readonly #waiting = new Map<number, Waiting>();
  readonly #reading: Promise<void>;
  #greet: (isReady: boolean) => void = () => undefined;
  readonly #greeting: Promise<boolean>;
  #lost: Error | undefined;
  #nextId = 1;

  constructor(stream: ExecStream, where: string, options: TransportOptions) {
    this.#options = options;
    this.#stream = stream;
    this.#where = where;
    this.#greeting = new Promise(resolve => {
      this.#greet = resolve;
    });
    this.#reading = this.#read();
  }

  get isOpen(): boolean {
    return this.#lost === undefined;
  }

  async isReady(signal: AbortSignal): Promise<boolean> {
    const isReady = await this.#greeting;
    signal.throwIfAborted();
    if (isReady) this.#hasPrintf = await this.#canPrint();
    return isReady;
  }

  /** Whether the shell's printf carries what files are made of; not every shell's does. */
  async #canPrint(): Promise<boolean> {
    const [sum] = await this.#run(`printf %b ${textWord(everyByte) ?? ''} | sha256sum | tr '\\n' '\\0'\n`);
    return sum?.subarray(0, 64).toString() === createHash('sha256').update(everyByte).digest('hex');
  }

  async apply(changes: readonly Change[], signal: AbortSignal): Promise<void> {
    const answers: Promise<unknown>[] = [];
    // All frames are on their way before the first is answered; the first that fails is told when all have ended.
    const { readFile, roots } = this.#options;
    const how = { readFile, roots, mounts: this.mounts, hasPrintf: this.#hasPrintf };
    for await (const frame of toFrames(changes, how)) {
      signal.throwIfAborted();
      answers.push((await this.#send(frame)).answer);
    }
    const failed = (await Promise.allSettled(answers)).find(it => it.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    signal.throwIfAborted();
  }

  async read(paths: readonly string[], signal: AbortSignal): Promise<readonly Found[]> {
    const found: Found[] = [];
    for (let at = 0; at < paths.length; at += askedAtOnce) {
      signal.throwIfAborted();
      found.push(...(await this.#readSome(paths.slice(at, at + askedAtOnce))));
    }
    return found;
  }

  async #readSome(paths: readonly string[]): Promise<Found[]> {
    const kinds = await this.#run(`look ${words(paths)}\n`);
    const isFile = (i: number): boolean => kinds[i]?.[0] === 0x66 || kinds[i]?.[0] === 0x78;
    const files = paths.filter((_, i) => isFile(i));
    // sha256sum escapes such names, and busybox doesn't.
    const odd = files.filter(file => /[\n\\]/.test(file));
    const plain = files.filter(file => !odd.includes(file));
    const lines = plain.length === 0 ? [] : await this.#run(`sum ${words(plain)}\n`);
    const sums = new Map(lines.map(line => [line.subarray(66).toString(), line.subarray(0, 64).toString()]));
    for (const file of odd) {
      const [line] = await this.#run(`sum_one ${word(file)}\n`);
      sums.set(file, line?.subarray(0, 64).toString() ?? '');
    }
    return paths.map((path, i) => toFound(kinds[i] ?? none, sums.get(path) ?? ''));
  }

  async #run(script: string): Promise<readonly Buffer[]> {
    return (await this.#send({ script, blob: none })).answer;
  }

  /** Resolves when the frame is written, with what it is answered. */
  async #send(frame: Frame): Promise<{ answer: Promise<readonly Buffer[]> }> {
    if (this.#lost !== undefined) throw this.#lost;
    const id = this.#nextId++;
    const records: Buffer[] = [];
    const answer = new Promise<readonly Buffer[]>((resolve, reject) => {
      this.#waiting.set(id, {
        records,
        settle: failure => (failure === undefined ? resolve(records) : reject(failure)),
      });
    });
    answer.catch(() => undefined);
    await this.#stream.write(encodeFrame(id, frame));
    return { answer };
  }

  async #read(): Promise<void> {
    const reader = new RecordReader();
    let failure: unknown;
    try {
      for await (const { stream, data } of this.#stream.output)
        if (stream === 'stdout') for (const record of reader.read(data)) this.#take(record);
    } catch (error) {
      failure = error;
    }
    this.#greet(false);
    this.#lost =
      failure instanceof OsError
        ? failure
        : new OsError('connection-lost', `the way into the container on ${this.#where} is closed`, {
            cause: failure,
          });
    for (const { settle } of this.#waiting.values()) settle(this.#lost);
    this.#waiting.clear();
  }

  #take(record: Buffer): void {
    const [current] = this.#waiting;
    if (record[0] !== 0x3d) {
      current?.[1].records.push(record);
      return;
    }
    const [kind, , ...rest] = record.toString().split(' ');
    if (kind === '=mount') this.mounts.push(toMount(record));
    if (kind === '=ready') this.#greet(true);
    if (kind !== '=ok' && kind !== '=no') return;
    if (current === undefined) return;
    this.#waiting.delete(current[0]);
    if (kind === '=ok') current[1].settle();
    else current[1].settle(new SyncRefusal(sanitizeLine(rest.join(' ').trim().replaceAll('\n', '; '))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream[Symbol.asyncDispose]();
    await this.#reading;
  }
}

/** `=mount TYPE PATH`, the path with blanks and backslashes in octal. */
function toMount(record: Buffer): Mount {
  const [, type = '', path = ''] = record.toString().split(' ');
  const decode = (_: string, octal: string): string => String.fromCharCode(Number.parseInt(octal, 8));
  return { type, path: path.replaceAll(/\\([0-7]{3})/g, decode) };
}

function toFound(record: Buffer, sha256: string): Found {
  const kind = String.fromCharCode(record[0] ?? 0x2d);
  switch (kind) {
    case 'd':
      return { kind: 'directory' };
    case 'l':
      // readlink's own newline, and a full stop that keeps the shell from cutting off more of them.
      return { kind: 'symlink', target: record.subarray(1).toString().replace(/\n\.$/, '') };
    case 'f':
    case 'x':
      return { kind: 'file', isExecutable: kind === 'x', sizeBytes: 0, sha256 } satisfies Node;
    case '-':
      return 'nothing';
    default:
      return 'other';
  }
}
