import type { ClientChannel } from 'ssh2';
import { OsError } from '../core/errors.ts';
import type { RemoteExit } from './remote-exit.ts';
import type { RemoteProcess, RemoteTty } from './session.ts';

/** How long a device may take to confirm that a channel is closed. */
const goodbyeMs = 1000;

/** A process, and the channel that its pipes are. */
export interface ChannelProcess extends RemoteTty {
  readonly channel: ClientChannel;
}

/**
 * A started channel as a process. Call it in the callback that hands out the channel: its `exit` may follow at once.
 * `lost` says why the connection is gone, when it is.
 */
export function toRemoteProcess(
  channel: ClientChannel,
  lost: () => OsError | undefined,
  signal: AbortSignal | undefined,
): ChannelProcess {
  const close = (): void => {
    channel.resume();
    channel.stderr.resume();
    channel.close();
    // `ended` waits for the device's own close, but not for ever.
    setTimeout(() => channel.emit('unconfirmed'), goodbyeMs).unref();
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
        if (channel.stderr.readableEnded) settle();
        else channel.stderr.once('end', settle);
      })
      .once('unconfirmed', settle);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  // Whoever does not await it learns of a lost connection elsewhere.
  ended.catch(() => undefined);
  return {
    channel,
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    ended,
    close,
    resize: ({ columns, rows }) => channel.setWindow(rows, columns, 0, 0),
  };
}

/** Reads both outputs of `process` to their ends. Throws OsError `usage` beyond `maxBytes`. */
export async function collectOutput(
  process: RemoteProcess,
  command: string,
  maxBytes: number,
): Promise<{ exit: RemoteExit; stdout: Buffer; stderr: Buffer }> {
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
