import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { openBufferCollector } from '../core/collect-buffers.ts';

/** The other end of a connection. */
export interface FarStream {
  readonly stream: Duplex;
  /** True if it ended because the connection to the device was lost. */
  readonly isCut: () => boolean;
}

/** For the bytes of all connections together. */
const onPassed = openBufferCollector();

/** Ends a stream so that its peer sees a reset, where the stream can do that. */
function reset(stream: Duplex): void {
  if (stream instanceof Socket && !stream.destroyed) stream.resetAndDestroy();
  else stream.destroy();
}

/**
 * Joins two connections: bytes with back-pressure, the end of each direction as the end of that direction, and a reset as a
 * reset (SSH has none: its channel is closed). Both must be half-open sockets, or channels.
 */
export function joinStreams(local: Socket, { stream: far, isCut }: FarStream): void {
  let hasFarEnded = false;
  local.on('error', () => reset(far));
  // After both ends the far side closes by itself, once it has taken all data.
  local.on('close', () => {
    if (!local.readableEnded || !hasFarEnded) reset(far);
  });
  local.on('end', () => far.end());
  far.on('error', () => reset(local));
  far.on('end', () => {
    hasFarEnded = true;
    if (isCut()) reset(local);
    else local.end();
  });
  far.on('close', () => {
    if (hasFarEnded && !isCut()) local.destroySoon();
    else reset(local);
  });
  local.pipe(far, { end: false });
  far.pipe(local, { end: false });
  for (const stream of [local, far]) stream.on('data', onPassed);
  // An end or error that came before this has no event any more.
  if (local.destroyed || local.errored !== null) reset(far);
  else if (far.destroyed) reset(local);
}
