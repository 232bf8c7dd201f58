import type { Readable, Writable } from 'node:stream';
import { OsError } from '../core/errors.ts';
import { openBufferCollector } from '../core/collect-buffers.ts';
import { onAbort } from '../core/on-abort.ts';
import { exitStatusOf } from './remote-exit.ts';
import type { RemoteProcess, RemoteSignal, SshSession } from './session.ts';

/** How long a command that was told to end may take before it is given up. */
const graceMs = 2000;

export interface LocalStreams {
  /** undefined: the command's input is empty. */
  stdin: Readable | undefined;
  stdout: Writable;
  stderr: Writable;
}

/** Tells `remote` to end by `name`; what is then still running is killed. Waits until it has ended. */
async function endBySignal(session: SshSession, remote: RemoteProcess, name: RemoteSignal): Promise<void> {
  const tell = (each: RemoteSignal): void => {
    // A device that cannot be told any more has lost the connection, which `ended` reports.
    session.signalAll(each).catch(() => undefined);
  };
  tell(name);
  const timer = setTimeout(() => {
    tell('KILL');
    remote.close();
  }, graceMs);
  try {
    await remote.ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Pumps `from` into the command until its end, with the device's back-pressure. Returns what stops that. */
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
 * Connects `remote`, the only command of `session`, with `local` until it ends, and returns its exit status. When `signal` aborts, the command is told
 * to end by `endSignal` (INT, or TERM when terminated) and the signal's reason is thrown. A reader of stdout that goes
 * away (`| head`) ends the command as a broken pipe would.
 */
export async function attach(
  session: SshSession,
  remote: RemoteProcess,
  local: LocalStreams,
  { signal, endSignal }: { signal: AbortSignal; endSignal?: RemoteSignal },
): Promise<number> {
  const brokenPipe = new AbortController();
  const onBroken = (): void => {
    if (brokenPipe.signal.aborted) return;
    brokenPipe.abort();
    remote.stdout.unpipe(local.stdout).resume();
    endBySignal(session, remote, 'PIPE').catch(() => undefined);
  };
  const passOn = (): void => {
    const { reason } = signal as { reason: unknown };
    const isTermination = reason instanceof OsError && reason.code === 'terminated';
    endBySignal(session, remote, endSignal ?? (isTermination ? 'TERM' : 'INT')).catch(() => undefined);
  };
  local.stdout.on('error', onBroken);
  local.stderr.on('error', () => remote.stderr.resume());
  using _passing = onAbort(signal, passOn);
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
    if (brokenPipe.signal.aborted) return exitStatusOf({ signal: 'PIPE' });
    throw error;
  } finally {
    stopInput();
    local.stdin?.off('data', onPassed);
  }
}
