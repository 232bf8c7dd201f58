/** The user's own docker program, with the context and the plugins that it is set up with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errnoOf, messageOf, OsError } from '../../../core/errors.ts';

export interface DockerRun {
  /** Null: ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DockerRunOptions {
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Readable;
  /** Called with pieces of both outputs as they come. */
  readonly onOutput?: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Runs `docker` with `args` to its end. Throws OsError `host-unsuitable` without such a program, or where it cannot be run. */
export type RunDocker = (args: readonly string[], options: DockerRunOptions) => Promise<DockerRun>;

/** This much of the output is kept for messages. */
const keptCharacters = 1_000_000;

export const runDocker: RunDocker = async (args, { env = {}, input, onOutput, signal }) => {
  signal.throwIfAborted();
  const child = spawn('docker', args, {
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    signal,
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] = (output[name] + text).slice(-keptCharacters);
      onOutput?.(text);
    });
  // A program that ends before it has read everything says why itself; a source that fails is thrown below.
  let failure: Error | undefined;
  if (input !== undefined && child.stdin !== null)
    void pipeline(input, child.stdin).catch((error: unknown) => {
      if (errnoOf(error) === 'EPIPE' || errnoOf(error) === 'ERR_STREAM_PREMATURE_CLOSE') return;
      failure = error instanceof Error ? error : new Error(String(error));
      child.kill();
    });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (failure !== undefined) throw failure;
    return { code, ...output };
  } catch (error) {
    signal.throwIfAborted();
    const errno = errnoOf(error);
    if (errno === undefined || error === failure) throw error;
    const message =
      errno === 'ENOENT'
        ? 'there is no docker program on this machine'
        : `cannot run the docker program of this machine: ${messageOf(error)}`;
    throw new OsError('host-unsuitable', message, {
      hint: 'install Docker here, or build on the device: --build-on device',
      cause: error,
    });
  }
};
