/** A program in a service's container as a remote command: streams, exit status, signals, terminal. */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { openDeadline } from '../../core/deadline.ts';
import { onAbort } from '../../core/on-abort.ts';
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { AttachedExec, Engine, TerminalSize } from '../../engine/engine.ts';
import { takeAnnouncement } from '../../ssh/process/take-announcement.ts';
import type { RemoteProcess, RemoteTty } from '../../ssh/session.ts';
import { announced, parseAnnouncement, signalWords, type Announcement } from './process-identity.ts';
import { resizeInTurn } from './resize-in-turn.ts';

/** The container of a service, as a person knows it. */
export interface ServiceContainer {
  readonly id: string;
  readonly service: string;
  /** The device's name. */
  readonly where: string;
}

export interface ServiceCommand {
  /** Empty: a shell. One word: a line of shell. Several: a program and its arguments, unchanged. */
  readonly words: readonly string[];
  /** Name or number, as in the container; undefined: the container's own. */
  readonly user?: string | undefined;
  readonly workingDirectory?: string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  readonly terminal?: TerminalSize | undefined;
  readonly signal: AbortSignal;
}

const shellScript = 'if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi';

/** Exit statuses of a program that the engine cannot start (OCI runtime: 126, 127). */
const isUnstarted = (status: number): boolean => status === 126 || status === 127;

/** A word that means the same to a shell and as the name of a program. */
const isPlain = (word: string): boolean => /^[\w@%+:,./-]+$/.test(word);

type Engines = Pick<Engine, 'attachExec' | 'openExec' | 'statPath'>;

/** A program announces itself before it runs; one that has not by then is taken as it is. */
const announcementMs = 10_000;

/** Returns the value of `promise`; undefined if `signal` aborts first. */
function within<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise(resolve => {
    const listening = onAbort(signal, () => resolve(undefined));
    void promise.then(value => {
      listening[Symbol.dispose]();
      resolve(value);
    });
  });
}

function toProcess(
  engine: Engines,
  container: ServiceContainer,
  exec: AttachedExec,
  {
    user,
    stdout,
    stderr,
    announcement,
  }: Pick<ServiceCommand, 'user'> &
    Pick<RemoteProcess, 'stdout' | 'stderr'> & { readonly announcement: Promise<Announcement | undefined> },
): RemoteTty {
  const ended = exec.ended.then(status => ({ status }));
  ended.catch(() => undefined);
  let closing: PromiseLike<void> | undefined;
  const close = (): void => {
    // Output that nobody takes would hold up the end of the command.
    for (const output of [stdout, stderr]) output.unpipe().resume();
    closing ??= exec[Symbol.asyncDispose]();
  };
  return {
    stdin: exec.stdin,
    stdout,
    stderr,
    ended,
    close,
    resize: resizeInTurn(size => exec.resize(size)),
    async kill(signal, timeoutMs) {
      using deadline = openDeadline(new AbortController().signal, timeoutMs);
      const known = await within(announcement, deadline.signal);
      if (known?.process === undefined) return;
      try {
        // The program's own user may signal it; root without capabilities may not.
        const command = signalWords(known.process, signal);
        const asked = { command, user, hasInput: false, signal: deadline.signal };
        await using errand = await engine.openExec(container.id, asked);
        // In a container with output that nobody takes, an engine may leave it without an answer (measured on 20.10).
        using _limit = onAbort(deadline.signal, () => void errand[Symbol.asyncDispose]());
        for await (const _ of errand.output);
      } catch {
        // An engine that cannot be asked any more has lost the connection, which `ended` reports.
      }
    },
  };
}

/** Reads the engine's complaint about a program that it cannot start: it arrives as the program's own output. */
async function readRefusal(stdout: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdout) chunks.push(chunk as Buffer);
  return sanitizeLine(Buffer.concat(chunks).toString('utf8').trim().slice(0, 1000));
}

const noShell = ({ service, where }: ServiceContainer): OsError =>
  new OsError('usage', `the image of ${service} on ${where} has no shell`, {
    hint: `run a program of it by its name: os ssh ${where} ${service} -- /app --version`,
  });

/** Runs a program of an image without a shell: nothing can announce it, so it is never signalled. */
async function openBare(
  engine: Engines,
  container: ServiceContainer,
  command: ServiceCommand,
): Promise<RemoteTty> {
  const { words, signal } = command;
  const [program = ''] = words;
  const isProgram = words.length > 1 || isPlain(program);
  if (words.length === 0 || !isProgram) throw noShell(container);
  if (program.startsWith('/') && (await engine.statPath(container.id, program, signal)) === undefined)
    throw new OsError('usage', `${container.service} has no ${sanitizeLine(program)}, and no shell`);
  const exec = await engine.attachExec(container.id, { ...command, command: words });
  const { stdout, stderr } = exec;
  const announcement = Promise.resolve(undefined);
  return toProcess(engine, container, exec, { user: command.user, stdout, stderr, announcement });
}

/**
 * Starts a shell or a command in a service's container, which runs. Throws OsError `usage` where its image has no shell and
 * one is needed, and `engine-refused` where the engine cannot start it, as for a user that the image has not.
 */
export async function openServiceProcess(
  engine: Engines,
  container: ServiceContainer,
  command: ServiceCommand,
): Promise<RemoteTty> {
  const { words, user, terminal, signal } = command;
  const nonce = `os-${randomBytes(12).toString('hex')}`;
  const [script, args] =
    words.length === 0
      ? [shellScript, []]
      : words.length === 1
        ? [`exec sh -c "$1"`, words]
        : ['exec "$@"', words];
  // Engines before API 1.42 start with a terminal of no size; so the first size is set from inside too, where stty is.
  const sizing =
    terminal === undefined
      ? ''
      : `stty rows ${terminal.rows.toString()} cols ${terminal.columns.toString()} 2>/dev/null; `;
  const exec = await engine.attachExec(container.id, {
    ...command,
    command: announced(nonce, `${sizing}${script}`, args),
  });
  const isTty = terminal !== undefined;
  const source = isTty ? exec.stdout : exec.stderr;
  const form = { nonce, parse: parseAnnouncement, lineEnd: isTty ? '\r\n' : '\n' } as const;
  const { output, identity: announcement } = takeAnnouncement(source, form);
  const streams = isTty ? { stdout: output, stderr: exec.stderr } : { stdout: exec.stdout, stderr: output };
  using deadline = openDeadline(signal, announcementMs);
  const first = await within(announcement, deadline.signal);
  if (signal.aborted || (first === undefined && !deadline.signal.aborted)) {
    // Its output has ended without a word from the shell.
    streams.stderr.resume();
    const refusal = signal.aborted ? '' : await readRefusal(streams.stdout);
    const status = signal.aborted ? 0 : await exec.ended;
    await exec[Symbol.asyncDispose]();
    signal.throwIfAborted();
    if (isUnstarted(status) && /"sh"|exec sh|\bsh: /.test(refusal))
      return await openBare(engine, container, command);
    throw new OsError(
      'engine-refused',
      `${container.service} on ${container.where} does not start a command: ${refusal}`,
    );
  }
  if (terminal !== undefined) await exec.resize(terminal).catch(() => undefined);
  return toProcess(engine, container, exec, { user, ...streams, announcement });
}
