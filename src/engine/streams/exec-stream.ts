import type Docker from 'dockerode';
import type { Duplex } from 'node:stream';
import type { ExecOptions, ExecStream } from '../engine.ts';
import { connectionLost, translateEngineError } from '../engine-errors.ts';
import { readExitStatus } from './exit-status.ts';
import { readLogFrames } from './log-frames.ts';
import type { StreamSource } from './streams.ts';

/** Starts a program in a running container, its stdin and output on one connection. */
export async function openExec(
  { docker, where }: StreamSource,
  id: string,
  options: ExecOptions,
): Promise<ExecStream> {
  const { command, user, workingDirectory, environment = {}, signal } = options;
  const { isPrivileged = false, hasInput = true } = options;
  const request = {
    AttachStdin: hasInput,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    Cmd: [...command],
    ...(user === undefined ? {} : { User: user }),
    ...(workingDirectory === undefined ? {} : { WorkingDir: workingDirectory }),
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Privileged: isPrivileged,
    abortSignal: signal,
  };
  const open = async (): Promise<[Docker.Exec, Duplex]> => {
    const created = await docker.getContainer(id).exec(request);
    return [created, await created.start({ hijack: true, stdin: hasInput, abortSignal: signal })];
  };
  const [exec, stream] = await open().catch((error: unknown) => {
    throw translateEngineError(where, error, signal);
  });
  // Readers and writers receive the error; without a listener it would end the process.
  stream.on('error', () => undefined);
  return {
    output: outputOf(stream, where),
    write: data =>
      new Promise((resolve, reject) => {
        if (stream.destroyed || stream.writableEnded) {
          reject(connectionLost(where));
          return;
        }
        stream.write(data, error => (error ? reject(connectionLost(where, error)) : resolve()));
      }),
    async readExitCode(innerSignal) {
      return await readExitStatus(exec, where, innerSignal).catch((error: unknown) => {
        throw translateEngineError(where, error, innerSignal);
      });
    },
    async [Symbol.asyncDispose]() {
      stream.destroy();
      if (!stream.closed) await new Promise<void>(resolve => stream.once('close', () => resolve()));
    },
  };
}

async function* outputOf(stream: Duplex, where: string): ReturnType<typeof readLogFrames> {
  try {
    yield* readLogFrames(stream);
  } catch (error) {
    throw translateEngineError(where, error);
  }
}
