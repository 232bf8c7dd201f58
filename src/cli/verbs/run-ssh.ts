import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { attach, pumpInput, type LocalStreams } from '../../ssh/process/attach.ts';
import { endOnAbort } from '../../ssh/process/end-command.ts';
import { exitStatusOf } from '../../ssh/process/remote-exit.ts';
import { collectOutput } from '../../ssh/process/remote-process.ts';
import type { SshSession } from '../../ssh/session.ts';
import type { Output } from '../../ui/output.ts';
import type { FarEnd } from '../terminal/far-end.ts';
import { runInTerminal } from '../terminal/ssh-terminal.ts';

/** The login shell of a host, or a line of shell there. */
export const hostEnd = (session: SshSession, command: string | undefined): FarEnd => ({
  command,
  needsOutputTerminal: false,
  openCommand: () => session.openCommand(command),
  openTty: terminal => session.openTty({ ...(command === undefined ? {} : { command }), ...terminal }),
  hangUp: () => void session[Symbol.asyncDispose](),
});

export interface SshRun {
  /** True for a remote terminal, false for none; undefined: one for a shell on a terminal. */
  readonly isTty: boolean | undefined;
  readonly isInputWanted: boolean;
  /** True: the output goes to `output` as text, since it is of one of several devices. */
  readonly isShared: boolean;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Streams into `output`, of text in UTF-8. */
function textStreams({ output, signal }: SshRun): Pick<LocalStreams, 'stdout' | 'stderr'> {
  const { answer, talk, awaitReader } = output;
  const into = (write: (text: string) => void): Writable => {
    const decoder = new StringDecoder('utf8');
    return new Writable({
      write(bytes: Buffer, _encoding, done) {
        write(decoder.write(bytes));
        const waiting = awaitReader(signal);
        if (waiting === undefined) done();
        else void waiting.then(() => done());
      },
    });
  };
  return { stdout: into(answer), stderr: into(talk) };
}

/** Connects this process with a command or shell on the device, and returns its exit status. */
export async function runAttached(far: FarEnd, run: SshRun): Promise<number> {
  const { signal, isInputWanted } = run;
  const { stdin } = process;
  const { stdout, stderr } = run.isShared ? textStreams(run) : process;
  const isTerminal = !run.isShared && stdin.isTTY && (process.stdout.isTTY || !far.needsOutputTerminal);
  if (run.isTty ?? (far.command === undefined && isTerminal && isInputWanted)) return runInTerminal(far, run);
  const remote = await far.openCommand();
  return attach(remote, { stdin: isInputWanted ? stdin : undefined, stdout, stderr }, { signal });
}

/** The output of a command, for scripts: text as text, anything else as base64. */
export interface CollectedRun {
  readonly status: number;
  /** The signal it died by, without `SIG`. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stdoutEncoding: 'utf8' | 'base64';
  readonly stderr: string;
  readonly stderrEncoding: 'utf8' | 'base64';
}

function decode(bytes: Buffer): [string, 'utf8' | 'base64'] {
  try {
    return [new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), 'utf8'];
  } catch {
    return [bytes.toString('base64'), 'base64'];
  }
}

const maxCollectedBytes = 64 * 1024 * 1024;

/** Runs a command with this process's stdin to its end and collects what it prints. */
export async function runCollected(
  far: FarEnd,
  { isInputWanted, signal }: Pick<SshRun, 'isInputWanted' | 'signal'>,
): Promise<CollectedRun> {
  const remote = await far.openCommand();
  await using _ending = endOnAbort(remote, signal);
  const stopInput = pumpInput(isInputWanted && !process.stdin.isTTY ? process.stdin : undefined, remote);
  const result = await collectOutput(remote, far.command ?? 'the shell', maxCollectedBytes).finally(() => {
    stopInput();
    signal.throwIfAborted();
  });
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
