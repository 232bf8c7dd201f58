import { attach, pumpInput } from '../ssh/attach.ts';
import { exitStatusOf } from '../ssh/remote-exit.ts';
import { collectOutput } from '../ssh/remote-process.ts';
import type { SshSession } from '../ssh/session.ts';
import type { Output } from '../ui/output.ts';
import { runInTerminal } from './ssh-terminal.ts';

export interface SshRun {
  /** A line of shell; undefined for the login shell. */
  command: string | undefined;
  /** Whether a remote terminal is wanted; undefined: for a shell on a terminal. */
  isTty: boolean | undefined;
  isInputWanted: boolean;
  output: Output;
  signal: AbortSignal;
}

/** Connects this process with a command or shell on the device, and returns its exit status. */
export async function runAttached(session: SshSession, run: SshRun): Promise<number> {
  const { command, signal, isInputWanted } = run;
  const { stdin, stdout, stderr } = process;
  if (run.isTty ?? (command === undefined && stdin.isTTY && isInputWanted))
    return runInTerminal(session, command, run);
  const remote = await session.exec(command);
  return attach(session, remote, { stdin: isInputWanted ? stdin : undefined, stdout, stderr }, { signal });
}

/** What a command printed, for scripts: text as text, anything else as base64. */
export interface CollectedRun {
  status: number;
  /** The signal it died by, without `SIG`. */
  signal: string | null;
  stdout: string;
  stdoutEncoding: 'utf8' | 'base64';
  stderr: string;
  stderrEncoding: 'utf8' | 'base64';
}

function decode(bytes: Buffer): [string, 'utf8' | 'base64'] {
  try {
    return [new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), 'utf8'];
  } catch {
    return [bytes.toString('base64'), 'base64'];
  }
}

const maxCollectedBytes = 64 * 1024 * 1024;

/** Runs `command` with this process's stdin to its end and collects what it prints. */
export async function runCollected(
  session: SshSession,
  command: string,
  { isInputWanted, signal }: Pick<SshRun, 'isInputWanted' | 'signal'>,
): Promise<CollectedRun> {
  const remote = await session.exec(command, { signal });
  const stopInput = pumpInput(isInputWanted && !process.stdin.isTTY ? process.stdin : undefined, remote);
  const result = await collectOutput(remote, command, maxCollectedBytes).finally(stopInput);
  const [stdout, stdoutEncoding] = decode(result.stdout);
  const [stderr, stderrEncoding] = decode(result.stderr);
  const signalName = 'signal' in result.exit ? result.exit.signal : null;
  return {
    status: exitStatusOf(result.exit),
    signal: signalName,
    stdout,
    stdoutEncoding,
    stderr,
    stderrEncoding,
  };
}
