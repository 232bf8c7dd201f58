/**
 * Connections to an engine that was proven once. An address changes hands while a device is away or this machine sleeps,
 * so after a failure or a long pause the engine there has to show its id again before it is sent anything.
 */
import type { Socket } from 'node:net';
import { openDeadline } from '../../core/deadline.ts';
import { OsError } from '../../core/errors.ts';
import { formatDuration } from '../../core/units.ts';

export interface ProvenSocketsOptions {
  readonly address: string;
  /** The id that the engine reported when it was proven; null if it reported none. */
  readonly engineId: string | null;
  /** Opens a TCP connection to the engine. */
  readonly open: () => Promise<Socket>;
  /** Returns the id of the engine that answers now; null if none answers or it reports none. Ends when `signal` aborts. */
  readonly readEngineId: (signal: AbortSignal) => Promise<string | null>;
  /** Time limit for it: what has the address by now may accept and say nothing. Default: 8000. */
  readonly patienceMs?: number;
  /** Wall-clock time, which also passes while this machine sleeps. */
  readonly nowMs: () => number;
}

/** Milliseconds for which an engine counts as the same without a check. */
const trustedMs = 60_000;

/** Returns a function that opens connections. It throws what `open` throws, and OsError if another engine answers. */
export function openProvenSockets(options: ProvenSocketsOptions): () => Promise<Socket> {
  const { address, engineId, open, readEngineId, nowMs, patienceMs = 8000 } = options;
  let isDoubtful = false;
  let lastUsedMs = nowMs();
  const prove = async (): Promise<void> => {
    using deadline = openDeadline(new AbortController().signal, patienceMs);
    const answering = await readEngineId(deadline.signal).catch((error: unknown) => {
      if (!deadline.signal.aborted) throw error;
      throw new OsError(
        'device-unreachable',
        `the engine at ${address} does not tell its id in ${formatDuration(patienceMs)}`,
      );
    });
    if (answering === engineId) return;
    throw new OsError(
      'device-unreachable',
      `${address} may be another device by now: its engine is not the same`,
    );
  };
  return async () => {
    try {
      // A clock that was set back tells nothing of how long ago that was.
      const isLongAgo = Math.abs(nowMs() - lastUsedMs) > trustedMs;
      if (engineId !== null && (isDoubtful || isLongAgo)) {
        await prove();
        isDoubtful = false;
      }
      const socket = await open();
      socket.once('error', () => {
        isDoubtful = true;
      });
      lastUsedMs = nowMs();
      return socket;
    } catch (error) {
      isDoubtful = true;
      throw error;
    }
  };
}
