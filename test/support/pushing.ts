import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { PushEvent } from '../../src/release/events.ts';
import type { FailureJson } from '../../src/ui/failure.ts';
import { root, type Ended } from './run-program.ts';

export type PushLine = PushEvent | { readonly type: 'error'; readonly error: FailureJson };

export interface RunningOs {
  readonly pid: number;
  /** Resolves when what it has printed on stdout or stderr matches. */
  saying(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Starts the built program as a user who has met no device yet. */
export function startOs(args: readonly string[], home: string, env: NodeJS.ProcessEnv = {}): RunningOs {
  const child = spawn(process.execPath, [path.join(root, 'bin/run.js'), ...args], {
    cwd: home,
    env: {
      ...process.env,
      ...{ HOME: home, XDG_STATE_HOME: home, NO_COLOR: '1', NODE_ENV: undefined },
      ...{ SSH_AUTH_SOCK: undefined, OS_DEVICE: undefined, DOCKER_CONFIG: undefined, DEBUG: undefined },
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const listeners = new Set<() => void>();
  const heard = (): void => {
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
    heard();
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
    heard();
  });
  const ended = (once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>).then(
    ([code, signal]) => ({ code, signal, stdout, stderr }),
  );
  return {
    pid: child.pid ?? 0,
    saying: pattern =>
      new Promise((resolve, reject) => {
        const listener = (): void => {
          if (!pattern.test(stdout + stderr)) return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
        listener();
        void ended.then(() =>
          reject(new Error(`it ended without saying ${String(pattern)}\n${stdout}${stderr}`)),
        );
      }),
    kill: signal => void child.kill(signal),
    ended,
  };
}

/** The events that `os push --json` printed. */
export const eventsOf = ({ stdout }: Ended): PushLine[] =>
  stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as PushLine);

/** The services that were started, in order. */
export const startedIn = (events: readonly PushLine[]): string[] =>
  events.flatMap(event => (event.type === 'service' && event.state === 'starting' ? [event.service] : []));
