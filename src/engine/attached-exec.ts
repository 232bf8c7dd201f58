import type Docker from 'dockerode';
import { once } from 'node:events';
import { PassThrough, Writable, type Duplex } from 'node:stream';
import { onAbort } from '../core/on-abort.ts';
import type { AttachedExec, AttachOptions, LogChunk, TerminalSize } from './engine.ts';
import { translateEngineError } from './engine-errors.ts';
import { readExitStatus } from './streams/exit-status.ts';
import { readLogFrames } from './streams/log-frames.ts';
import type { StreamSource } from './streams/streams.ts';

/** Bytes that wait for their reader before the engine has to wait: enough for the identity that a program reports. */
const bufferBytes = 1024 * 1024;

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
