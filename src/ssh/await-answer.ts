import { OsError } from '../core/errors.ts';
import { onAbort } from '../core/on-abort.ts';

export interface AnswerOptions<T> {
  /** The device's name. */
  readonly where: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with an answer that comes after nobody waits for it any more. */
  readonly onLate: (answer: T) => void;
}

/** The error for a device that keeps the connection and answers nothing on it. */
export const silentDevice = (where: string, what: string, timeoutMs: number): OsError =>
  new OsError(
    'connection-lost',
    `${where} stops answering: ${what} within ${Math.ceil(timeoutMs / 1000).toString()} s`,
    { hint: 'it is on the network but hangs: its storage may be failing; restart it if that lasts' },
  );

/**
 * Waits for the answer to a request that `ask` sends. A device whose SSH server lives may still never answer, and the keep-alive
 * requests of the connection do not notice that. Throws OsError `connection-lost` after `timeoutMs`, the reason of `signal`, or
 * what `ask` rejects with.
 */
export function awaitAnswer<T>(
  ask: (resolve: (answer: T) => void, reject: (error: unknown) => void) => void,
  { where, timeoutMs, signal, onLate }: AnswerOptions<T>,
): Promise<T> {
  signal?.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    let isOver = false;
    /** False if it was over before. */
    const end = (): boolean => {
      if (isOver) return false;
      isOver = true;
      clearTimeout(timer);
      listening?.[Symbol.dispose]();
      return true;
    };
    const fail = (error: unknown): void => {
      if (end()) reject(error instanceof Error ? error : new Error(String(error)));
    };
    const timer = setTimeout(
      () => fail(silentDevice(where, 'it did not answer a request', timeoutMs)),
      timeoutMs,
    );
    const listening = signal && onAbort(signal, () => fail(signal.reason));
    try {
      ask(answer => {
        if (end()) resolve(answer);
        else onLate(answer);
      }, fail);
    } catch (error) {
      fail(error);
    }
  });
}
