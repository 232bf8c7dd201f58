import type Docker from 'dockerode';
import { once } from 'node:events';
import { PassThrough, Writable, type Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { onAbort } from '../core/on-abort.ts';
import type { AttachedExec, AttachOptions, LogChunk, TerminalSize } from './engine.ts';
import { connectionLost, translateEngineError } from './engine-errors.ts';
import { readLogFrames } from './streams/log-frames.ts';
import type { StreamSource } from './streams/streams.ts';

/** Bytes that wait for their reader before the engine has to wait: enough for the identity that a program reports. */
const bufferBytes = 1024 * 1024;

/** Time limit for the engine to know the exit status of a program whose output has ended. */
const statusPatienceMs = 5000;
const statusPauseMs = 20;

/** `GET /exec/ID/json`, as far as it is read. */
interface ExecState {
  readonly Running: boolean;
  readonly ExitCode: number | null;
}

/** The exit status; the engine may report it some milliseconds after the end of the output. */
async function readExitStatus(exec: Docker.Exec, where: string): Promise<number> {
  const giveUpMs = performance.now() + statusPatienceMs;
  for (;;) {
    const { Running, ExitCode } = (await exec.inspect()) as ExecState;
    if (!Running && ExitCode !== null) return ExitCode;
    if (performance.now() > giveUpMs) throw connectionLost(where);
    await sleep(statusPauseMs);
  }
}

async function* asStdout(stream: Duplex): AsyncGenerator<LogChunk> {
  for await (const data of stream) yield { stream: 'stdout', data: data as Buffer };
}

/** `stream` as the program's input: its end is passed on as the end of the input, in one direction only. */
function toInput(stream: Duplex): Writable {
  const input = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (stream.writable) stream.write(chunk, () => done());
      else done();
    },
    final: done => {
      stream.end();
      done();
    },
  });
  return input.on('error', () => undefined);
}

/** Starts a program in a running container (Engine API `POST /containers/ID/exec`, `POST /exec/ID/start`, upgraded to raw TCP). */
export async function attachExec(
  { docker, where }: StreamSource,
  id: string,
  options: AttachOptions,
): Promise<AttachedExec> {
  const { command, user, workingDirectory, environment = {}, terminal, signal } = options;
  const isTty = terminal !== undefined;
  const consoleSize: { readonly ConsoleSize?: [number, number] } =
    terminal === undefined ? {} : { ConsoleSize: [terminal.rows, terminal.columns] };
  // The stream outlives the signal, and a request of Node keeps listening to that.
  const opening = new AbortController();
  const open = async (): Promise<[Docker.Exec, Duplex]> => {
    using _link = onAbort(signal, () => opening.abort(signal.reason));
    const asked = {
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: isTty,
      Cmd: [...command],
      ...(user === undefined ? {} : { User: user }),
      ...(workingDirectory === undefined ? {} : { WorkingDir: workingDirectory }),
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      ...consoleSize,
      abortSignal: opening.signal,
    };
    const made = await docker.getContainer(id).exec(asked);
    const start = { hijack: true, stdin: true, Tty: isTty, ...consoleSize, abortSignal: opening.signal };
    return [made, await made.start(start)];
  };
  const [exec, stream] = await open().catch((error: unknown) => {
    throw translateEngineError(where, error, signal);
  });
  stream.on('error', () => undefined);
  const [stdout, stderr] = [bufferBytes, bufferBytes].map(
    highWaterMark => new PassThrough({ highWaterMark }),
  ) as [PassThrough, PassThrough];

  const deliver = async (): Promise<number> => {
    try {
      for await (const { stream: name, data } of isTty ? asStdout(stream) : readLogFrames(stream)) {
        const target = name === 'stdout' ? stdout : stderr;
        if (!target.write(data)) await once(target, 'drain');
      }
      return await readExitStatus(exec, where);
    } catch (error) {
      throw translateEngineError(where, error);
    } finally {
      stdout.end();
      stderr.end();
    }
  };
  const ended = deliver();
  // Whoever does not await it learns of a lost connection elsewhere.
  ended.catch(() => undefined);
  return {
    stdin: toInput(stream),
    stdout,
    stderr,
    ended,
    async resize(size: TerminalSize) {
      await exec.resize({ h: size.rows, w: size.columns });
    },
    async [Symbol.asyncDispose]() {
      stdout.resume();
      stderr.resume();
      stream.destroy();
      if (!stream.closed) await once(stream, 'close');
    },
  };
}
