import type { ClientChannel } from 'ssh2';
import { OsError } from '../core/errors.ts';
import type { RemoteExit } from './remote-exit.ts';
import type { RemoteProcess, RemoteTty } from './session.ts';

/**
 * A started channel as a process. Call it in the callback that hands out the channel: its `exit` may follow at once.
 * `lost` says why the connection is gone, when it is.
 */
export function toRemoteProcess(
  channel: ClientChannel,
  lost: () => OsError | undefined,
  signal: AbortSignal | undefined,
): RemoteTty {
  const close = (): void => {
    channel.resume();
    channel.stderr.resume();
    channel.close();
  };
  const ended = new Promise<RemoteExit>((resolve, reject) => {
    let exit: RemoteExit | undefined;
    const onAbort = (): void => {
      channel.signal('TERM');
      close();
      reject(signal?.reason as Error);
    };
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    channel.once('exit', (status: number | null, signalName?: string) => {
      exit = status === null ? { signal: (signalName ?? '').replace(/^SIG/, '') } : { status };
    });
    channel.once('close', () => {
      signal?.removeEventListener('abort', onAbort);
      if (exit !== undefined) resolve(exit);
      else
        reject(lost() ?? new OsError('connection-lost', 'the device ended the command without saying how'));
    });
  });
  // Whoever does not await it learns of a lost connection elsewhere.
  ended.catch(() => undefined);
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    ended,
    kill: name => channel.signal(name),
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
