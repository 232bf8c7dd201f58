import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import path from 'node:path';

const packageRoot = path.join(import.meta.dirname, '..', '..');

/** The words that run `os ssh` as it is shipped. */
export const osSsh = [process.execPath, path.join(packageRoot, 'bin/run.js'), 'ssh'];

/** An environment in which `os` knows no device, no agent and no key of this machine's user. */
export function cleanEnvironment(stateDirectory: string): NodeJS.ProcessEnv {
  const { PATH, TERM = 'xterm' } = process.env;
  return { PATH, TERM, HOME: stateDirectory, XDG_STATE_HOME: stateDirectory };
}

/** Starts `os ssh` with `args`. */
export function startOsSsh(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcessWithoutNullStreams {
  const [node = '', ...words] = osSsh;
  return spawn(node, [...words, ...args], { cwd: packageRoot, env });
}

export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
}

/** All that `child` prints, and how it ends. */
export async function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const [stdout, stderr, [status, signal]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { status, signal, stdout, stderr: stderr.toString() };
}

/** Runs `os ssh` to its end. */
export function runOsSsh(
  args: readonly string[],
  { env, input = '' }: { env: NodeJS.ProcessEnv; input?: string | Buffer },
): Promise<Ended> {
  const child = startOsSsh(args, env);
  // A command that ends before it has read its input closes the pipe.
  child.stdin.on('error', () => undefined).end(input);
  return outcomeOf(child);
}
