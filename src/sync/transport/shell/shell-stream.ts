/** Sends frames to shell-loop.ts in a container, and returns its answer to each, in order. */
import { OsError } from '../../../core/errors.ts';
import { sanitizeLine } from '../../../core/sanitize.ts';
import type { ExecStream } from '../../../engine/engine.ts';
import { encodeFrame, RecordReader, type Frame } from './frame.ts';
import { LinkInTheWay, SyncRefusal, type Mount } from '../transport.ts';

interface Waiting {
  readonly records: Buffer[];
  readonly settle: (failure?: Error) => void;
}

export class ShellStream implements AsyncDisposable {
  readonly #stream: ExecStream;
  readonly #where: string;
  /** The mounts that the loop reports before it is ready. */
  readonly mounts: Mount[] = [];
  /** Resolves to true if the container has all that the loop needs. */
  readonly greeting: Promise<boolean>;
  #greet: (isReady: boolean) => void = () => undefined;
  readonly #waiting = new Map<number, Waiting>();
  readonly #reading: Promise<void>;
  #lost: Error | undefined;
  #nextId = 1;

  constructor(stream: ExecStream, where: string) {
    this.#stream = stream;
    this.#where = where;
    this.greeting = new Promise(resolve => {
      this.#greet = resolve;
    });
    this.#reading = this.#read();
  }

  get isOpen(): boolean {
    return this.#lost === undefined;
  }

  /** Returns what `script` prints. Throws SyncRefusal if it fails. */
  async run(script: string): Promise<readonly Buffer[]> {
    return (await this.send({ script, blob: Buffer.alloc(0) })).answer;
  }

  /** Resolves when the frame is written, with a promise of the answer. */
  async send(frame: Frame): Promise<{ readonly answer: Promise<readonly Buffer[]> }> {
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
    if (kind !== '=ok' && kind !== '=no' && kind !== '=link') return;
    if (current === undefined) return;
    this.#waiting.delete(current[0]);
    if (kind === '=ok') current[1].settle();
    else {
      const message = sanitizeLine(rest.join(' ').trim().replaceAll('\n', '; '));
      current[1].settle(kind === '=link' ? new LinkInTheWay(message) : new SyncRefusal(message));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream[Symbol.asyncDispose]();
    await this.#reading;
  }
}

/** Parses `=mount TYPE PATH`, the path with blanks and backslashes in octal. */
function toMount(record: Buffer): Mount {
  const [, type = '', path = ''] = record.toString().split(' ');
  const decode = (_: string, octal: string): string => String.fromCharCode(Number.parseInt(octal, 8));
  return { type, path: path.replaceAll(/\\([0-7]{3})/g, decode) };
}
