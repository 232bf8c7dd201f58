import type { Socket } from 'node:net';
import { openDeadline } from '../../core/deadline.ts';
import { readEngine, type EngineFacts } from '../../device/engine-probe.ts';
import { openTcp, PortFailure } from '../../net/tcp.ts';

/** Time limit for an engine to report its version. */
const answerTimeoutMs = 8000;

/** The engine on `port`. Throws PortFailure. */
async function dialPort(
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<{ readonly socket: Socket; readonly facts: EngineFacts }> {
  const socket = await openTcp(address, port, signal);
  try {
    using deadline = openDeadline(signal, answerTimeoutMs);
    const facts = await readEngine(address, deadline.signal, [port]);
    signal.throwIfAborted();
    if (facts === null) throw new PortFailure({ address, port, outcome: 'no engine there' });
    return { socket, facts };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The first engine that answers at `address`. Throws an AggregateError of PortFailures. */
export async function dialEngine(
  address: string,
  enginePorts: readonly number[],
  signal: AbortSignal,
): Promise<EngineFacts> {
  const won = new AbortController();
  const either = AbortSignal.any([signal, won.signal]);
  const dials = enginePorts.map(async port => {
    const { socket, facts } = await dialPort(address, port, either);
    socket.destroy();
    return facts;
  });
  try {
    return await Promise.any(dials);
  } finally {
    won.abort();
  }
}
