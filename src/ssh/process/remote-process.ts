import type { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { OsError } from '../../core/errors.ts';
import type { RemoteExit } from './remote-exit.ts';
import type { RemoteProcess } from '../session.ts';

/** Time limit for a device to confirm that a channel is closed. */
const closeTimeoutMs = 1000;

/**
 * Wraps a started channel as a process. Call it in the callback that returns the channel: its `exit` may follow
 * immediately. `lost` returns the reason once the connection is lost; `stderr` is the process's own output there, if
 * the channel has more on it than that.
 */
export function toRemoteProcess(
  channel: ClientChannel,
  lost: () => OsError | undefined,
  signal: AbortSignal | undefined,
  stderr: Readable = channel.stderr,
): RemoteProcess {
  const close = (): void => {
    channel.resume();
    stderr.resume();
    channel.close();
    // `ended` waits for the device's own close, up to a time limit.
    setTimeout(() => channel.emit('unconfirmed'), closeTimeoutMs).unref();
  };
  const ended = new Promise<RemoteExit>((resolve, reject) => {
    let exit: RemoteExit | undefined;
    const onAbort = (): void => {
      close();
      reject(signal?.reason as Error);
    };
    const settle = (): void => {
      signal?.removeEventListener('abort', onAbort);
      if (exit !== undefined) resolve(exit);
      else
        reject(lost() ?? new OsError('connection-lost', 'the device ended the command without saying how'));
    };
    channel
      .once('exit', (status: number | null, signalName?: string) => {
        exit = status === null ? { signal: (signalName ?? '').replace(/^SIG/, '') } : { status };
      })
      // The channel's own `close` waits for stdout alone.
      .once('close', () => {
        if (stderr.readableEnded) settle();
        else stderr.once('end', settle);
      })
      .once('unconfirmed', settle);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  // A caller that does not await it learns of a lost connection elsewhere.
  ended.catch(() => undefined);
  return {
    stdin: channel,
    stdout: channel,
    stderr,
    ended,
    close,
  };
}

/** Reads both outputs of `process` to their ends. Throws OsError `usage` beyond `maxBytes`. */
export async function collectOutput(
  process: RemoteProcess,
  command: string,
  maxBytes: number,
): Promise<{ readonly exit: RemoteExit; readonly stdout: Buffer; readonly stderr: Buffer }> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let sizeBytes = 0;
  const into =
    (chunks: Buffer[]) =>
    (chunk: Buffer): void => {
      sizeBytes += chunk.length;
      if (sizeBytes <= maxBytes) chunks.push(chunk);
      else process.close();
    };
  process.stdout.on('data', into(stdout));
  process.stderr.on('data', into(stderr));
  const exit = await process.ended.catch((error: unknown) => {
    if (sizeBytes <= maxBytes) throw error;
    return undefined;
  });
  if (sizeBytes > maxBytes || exit === undefined)
    throw new OsError(
      'usage',
      `${command} prints more than ${maxBytes.toString()} bytes, too much to collect`,
    );
  return { exit, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
}
