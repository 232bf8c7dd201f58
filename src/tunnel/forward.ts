import type { Socket } from 'node:net';
import { messageOf, OsError } from '../core/errors.ts';
import { joinStreams, type FarStream } from '../net/join-streams.ts';
import type { FarPort } from './port-words.ts';
import type { ReportTunnel } from './tunnel-events.ts';

/** Opens one connection to a port of the device. */
export type DialFar = (far: FarPort, signal: AbortSignal) => Promise<FarStream>;

export interface ForwardOptions {
  readonly dial: DialFar;
  readonly report: ReportTunnel;
  readonly signal: AbortSignal;
}

/**
 * Leads a connection to this machine on to a port of the device. If that cannot be done it is reset and reported; whatever
 * happens to it, no other connection is concerned.
 */
export async function forwardConnection(
  local: Socket,
  { service, port }: FarPort,
  { dial, report, signal }: ForwardOptions,
): Promise<void> {
  // Until it is joined an error shows as a destroyed socket.
  local.on('error', () => undefined);
  try {
    const far = await dial({ service, port }, signal);
    if (local.destroyed) far.stream.destroy();
    else joinStreams(local, far);
  } catch (error) {
    if (!local.destroyed) local.resetAndDestroy();
    if (signal.aborted) return;
    if (!(error instanceof OsError)) throw error;
    report({ type: 'connection-failed', direction: 'forward', service, port, message: messageOf(error) });
  }
}
