/**
 * Connections to an engine that was proven once. An address changes hands while a device is away or this machine sleeps,
 * so after a failure or a long pause the engine there has to show its id again before it is sent anything.
 */
import type { Socket } from 'node:net';
import { OsError } from '../../core/errors.ts';

export interface ProvenSocketsOptions {
  readonly address: string;
  /** The id that the engine reported when it was proven; null if it reported none. */
  readonly engineId: string | null;
  /** Opens a TCP connection to the engine. */
  readonly open: () => Promise<Socket>;
  /** Returns the id of the engine that answers now; null if none answers or it reports none. */
  readonly readEngineId: () => Promise<string | null>;
  /** Wall-clock time, which also passes while this machine sleeps. */
  readonly nowMs: () => number;
}

/** Milliseconds for which an engine counts as the same without a check. */
const trustedMs = 60_000;

/** Returns a function that opens connections. It throws what `open` throws, and OsError if another engine answers. */
export function openProvenSockets(options: ProvenSocketsOptions): () => Promise<Socket> {
  const { address, engineId, open, readEngineId, nowMs } = options;
  let isDoubtful = false;
  let lastUsedMs = nowMs();
  const prove = async (): Promise<void> => {
    const answering = await readEngineId();
    if (answering === engineId) return;
    throw new OsError(
      'device-unreachable',
      `${address} may be another device by now: its engine is not the same`,
    );
  };
  return async () => {
    try {
      if (engineId !== null && (isDoubtful || nowMs() - lastUsedMs > trustedMs)) await prove();
      const socket = await open();
      socket.once('error', () => {
        isDoubtful = true;
      });
      isDoubtful = false;
      lastUsedMs = nowMs();
      return socket;
    } catch (error) {
      isDoubtful = true;
      throw error;
    }
  };
}
