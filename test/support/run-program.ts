import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { assertKnownResult } from './result-schema.ts';

export const root = path.resolve(import.meta.dirname, '../..');

export interface Ended {
  /** Exit status; null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Called when it prints first on stderr (or what `talk` matches), or on stdout, with a way to signal it. */
  talk?: RegExp;
  onTalk?: (kill: (signal: NodeJS.Signals) => void) => void;
  onAnswer?: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs `node ...args` to its end, with nothing on stdin and no colour. */
export async function runNode(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, NO_COLOR: '1', NODE_ENV: undefined, DEBUG: undefined, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
  let talk = '';
  const onTalk = (part: Buffer): void => {
    talk += part.toString();
    if (options.talk?.test(talk) === false) return;
    child.stderr.off('data', onTalk);
    options.onTalk?.(kill);
  };
  child.stderr.on('data', onTalk);
  child.stdout.once('data', () => options.onAnswer?.(kill));
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, signal, stdout, stderr };
}

/** Runs the built program. What it answers with `--json` has to be as docs/results.schema.json says. */
export async function runOs(args: readonly string[], options?: RunOptions): Promise<Ended> {
  const ended = await runNode([path.join(root, 'bin/run.js'), ...args], options);
  if (ended.code === 0) assertKnownResult(args, ended.stdout);
  return ended;
}
