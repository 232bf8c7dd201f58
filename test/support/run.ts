import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Finished {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end; throws when it fails. */
export function run(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.join(' ')}: ${stderr || error.message}`));
    });
  });
}

/** A program that runs until disposed, unless it ends by itself. */
export interface Running extends AsyncDisposable {
  pid: number;
  /** Resolves to the matching text once stdout and stderr together match; rejects when the program ends before. */
  waitFor(pattern: RegExp): Promise<string>;
  finished: Promise<Finished>;
  kill(signal: NodeJS.Signals): void;
}

export function start(file: string, args: readonly string[], options: { input?: string } = {}): Running {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const text = { stdout: '', stderr: '' };
  const checks = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => {
      text[name] += part;
      for (const check of checks) check();
    });
  let hasEnded = false;
  const finished = once(child, 'close').then(([exitCode]): Finished => {
    hasEnded = true;
    for (const check of checks) check();
    return { exitCode: exitCode as number | null, ...text };
  });
  return {
    pid: child.pid ?? 0,
    finished,
    waitFor: pattern =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const match = pattern.exec(text.stdout + text.stderr);
          if (match === null && !hasEnded) return;
          checks.delete(check);
          if (match !== null) resolve(match[0]);
          else reject(new Error(`${file} ended without ${String(pattern)}:\n${text.stdout}${text.stderr}`));
        };
        checks.add(check);
        check();
      }),
    kill: signal => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (!hasEnded) child.kill('SIGKILL');
      await finished;
    },
  };
}
