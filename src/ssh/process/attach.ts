import type { Readable, Writable } from 'node:stream';
import { openBufferCollector } from '../../core/collect-buffers.ts';
import type { RemoteCommand, RemoteProcess, RemoteSignal } from '../session.ts';
import { endCommand, endOnAbort } from './end-command.ts';
import { exitStatusOf } from './remote-exit.ts';

export interface LocalStreams {
  /** undefined: the command's input is empty. */
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Pipes `from` into the command until its end, with the device's back-pressure. Returns a function that stops it. */
export function pumpInput(from: Readable | undefined, remote: RemoteProcess): () => void {
  if (from === undefined) {
    remote.stdin.end();
    return () => undefined;
  }
  // An input that breaks is an input that ends.
  const onError = (): void => void remote.stdin.end();
  from.on('error', onError).pipe(remote.stdin);
  return () => {
    // A paused stream does not keep the process alive, and a terminal's input stays the shell's.
    from.unpipe(remote.stdin).off('error', onError).pause();
  };
}

/**
 * Connects `remote` with `local` until it ends, and returns its exit status. When `signal` aborts, the command is ended
 * by `endSignal` (default INT, or TERM when terminated) and the signal's reason is thrown. A closed reader of stdout
 * (`| head`) ends the command as a broken pipe would. No request is pending on the connection when this settles.
 */
export async function attach(
  remote: RemoteCommand,
  local: LocalStreams,
  { signal, endSignal }: { readonly signal: AbortSignal; readonly endSignal?: RemoteSignal },
): Promise<number> {
  let breaking: Promise<void> | undefined;
  const onBroken = (): void => {
    if (breaking !== undefined) return;
    remote.stdout.unpipe(local.stdout).resume();
    breaking = endCommand(remote, 'PIPE');
  };
  local.stdout.on('error', onBroken);
  local.stderr.on('error', () => remote.stderr.resume());
  await using _ending = endOnAbort(remote, signal, endSignal);
  remote.stdout.pipe(local.stdout, { end: false });
  remote.stderr.pipe(local.stderr, { end: false });
  const stopInput = pumpInput(local.stdin, remote);
  const onPassed = openBufferCollector();
  for (const passing of [remote.stdout, local.stdin]) passing?.on('data', onPassed);
  try {
    const exit = await remote.ended;
    signal.throwIfAborted();
    return exitStatusOf(exit);
  } catch (error) {
    signal.throwIfAborted();
    if (breaking !== undefined) return exitStatusOf({ signal: 'PIPE' });
    throw error;
  } finally {
    stopInput();
    local.stdin?.off('data', onPassed);
    await breaking;
  }
}
