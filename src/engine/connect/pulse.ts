/** A watch over an engine while requests wait for it: one that hangs keeps its connections open and answers nothing. */
import { onAbort } from '../../core/on-abort.ts';
import type { OpenSocket } from './open-socket.ts';

/** Time between two looks. */
const pauseMs = 30_000;
/** Time limit for any answer: that of a board whose memory is full. */
const patienceMs = 120_000;
/** The same once it has not answered: what is still asked of it, to clean up, is not waited for as long. */
const [silentPauseMs, silentPatienceMs] = [1000, 5000];

/** Close to nothing for the engine: it reads no disk. */
const question = 'GET /_ping HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n';

/** Resolves after `ms`, or when `signal` aborts. Keeps no process alive. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      listening[Symbol.dispose]();
      resolve();
    };
    const timer = setTimeout(end, ms);
    timer.unref();
    const listening = onAbort(signal, end);
  });

/** False if `open` leads to something that says nothing for `limitMs`. An engine that cannot be reached is none that hangs. */
async function isAnswered(open: OpenSocket, limitMs: number, signal: AbortSignal): Promise<boolean> {
  const stream = await open().catch(() => undefined);
  if (stream === undefined) return true;
  const answered = new AbortController();
  const onAnswer = (): void => answered.abort();
  for (const event of ['error', 'close', 'end', 'data']) stream.on(event, onAnswer);
  stream.write(question);
  await pause(limitMs, AbortSignal.any([signal, answered.signal]));
  stream.destroy();
  return answered.signal.aborted;
}

export class Pulse {
  readonly #open: OpenSocket;
  readonly #onSilent: () => void;
  #waiting = 0;
  #isSilent = false;
  #stop = new AbortController();

  /** `onSilent` is called each time that the engine has not answered, while requests wait for it. */
  constructor(open: OpenSocket, onSilent: () => void) {
    this.#open = open;
    this.#onSilent = onSilent;
  }

  /** True from a question that was not answered to one that is. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** To be called when a request begins to wait. */
  begin(): void {
    this.#waiting += 1;
    if (this.#waiting > 1) return;
    this.#stop = new AbortController();
    void this.#watch(this.#stop.signal);
  }

  /** To be called when it has ended, however it did. */
  end(): void {
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#stop.abort();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted;
    for (;;) {
      await pause(this.#isSilent ? silentPauseMs : pauseMs, signal);
      if (isOver()) return;
      const isAlive = await isAnswered(this.#open, this.#isSilent ? silentPatienceMs : patienceMs, signal);
      if (isOver()) return;
      this.#isSilent = !isAlive;
      if (!isAlive) this.#onSilent();
    }
  }
}
