import { spawnSync } from 'node:child_process';
import { Transform, type TransformCallback } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { OsError } from '../../core/errors.ts';
import { attach } from '../../ssh/process/attach.ts';
import type { FarEnd } from './far-end.ts';
import { terminalEscape } from '../../ssh/process/terminal-escape.ts';
import type { Output } from '../../ui/output.ts';

/** Puts stdin into raw mode, and disables newline translation on output; undone when disposed. */
function openRawMode(): Disposable {
  const { stdin } = process;
  if (!stdin.isTTY) return { [Symbol.dispose]: () => undefined };
  const setRaw = (): void => {
    stdin.setRawMode(true);
    // Node keeps translating \n on output, which garbles full-screen programs; without stty that cannot be changed.
    if (process.platform !== 'win32')
      spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  };
  const onContinued = (): void => {
    stdin.setRawMode(false);
    setRaw();
  };
  setRaw();
  process.on('SIGCONT', onContinued);
  return {
    [Symbol.dispose]() {
      process.off('SIGCONT', onContinued);
      stdin.setRawMode(false);
    },
  };
}

/** Typed bytes on their way, with OpenSSH's `~.` taken out. */
function escapeFilter(onHangUp: () => void): Transform {
  const filter = terminalEscape(onHangUp);
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      done(null, filter(chunk));
    },
  });
}

/**
 * Runs a command or shell in a remote terminal that this terminal shows, and returns its exit status. This
 * terminal is as before in every ending.
 */
export async function runInTerminal(
  far: Pick<FarEnd, 'openTty' | 'hangUp'>,
  options: { readonly output: Output; readonly signal: AbortSignal; readonly isInputWanted: boolean },
): Promise<number> {
  const { output, isInputWanted } = options;
  const { stdin, stdout, stderr } = process;
  const size = (): { readonly columns: number; readonly rows: number } => ({
    columns: output.columns(),
    rows: output.rows(),
  });
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const keys = escapeFilter(() => {
    ending.abort(new OsError('interrupted', 'disconnected'));
    // The connection may be dead, so the device gets no further request.
    far.hangUp();
  });

  const opened = size();
  const tty = await far.openTty({ term: process.env['TERM'] ?? 'dumb', ...opened });
  const onResize = (): void => {
    tty.resize(size());
  };
  stdout.on('resize', onResize);
  // Meanwhile it may have got another one.
  if (!isDeepStrictEqual(size(), opened)) onResize();
  const rawMode = openRawMode();
  const typed = stdin.isTTY ? stdin.pipe(keys) : stdin;
  try {
    const local = { stdin: isInputWanted ? typed : undefined, stdout, stderr };
    return await attach(tty, local, { signal, endSignal: 'HUP' });
  } catch (error) {
    // The cursor may be anywhere on the line.
    if (stdout.isTTY) stderr.write('\r\n');
    throw error;
  } finally {
    stdout.off('resize', onResize);
    rawMode[Symbol.dispose]();
    stdin.unpipe(keys).pause();
  }
}
