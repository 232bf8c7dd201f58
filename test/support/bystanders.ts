/** Processes beside the ones that a test ends: whoever signals more than what is its own is found out by them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { isProcessAlive, processIdentity, type ProcessIdentity } from '../../src/state/process-identity.ts';

export interface Bystanders extends AsyncDisposable {
  /** Those that are gone, in words. */
  gone(): string[];
}

async function startDaemon(script: string): Promise<ProcessIdentity> {
  // The shell in between ends at once, so that init, or whoever takes orphans here, is the daemon's parent.
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [pid] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return processIdentity(Number(pid));
}

/** A daemon with a session of its own, and one in its parent's session and a group of its own: both children of init. */
export async function openBystanders(): Promise<Bystanders> {
  const started: [string, ProcessIdentity][] = [
    ['a daemon', await startDaemon("setsid sh -c 'echo $$; exec sleep 1000 >/dev/null' &")],
    ['an orphan', await startDaemon("set -m; sh -c 'echo $$; exec sleep 1000 >/dev/null' &")],
  ];
  const alive = (): [string, ProcessIdentity][] => started.filter(([, identity]) => isProcessAlive(identity));
  return {
    gone: () => started.filter(one => !alive().includes(one)).map(([name]) => name),
    [Symbol.asyncDispose]() {
      for (const [, { pid }] of alive()) process.kill(pid, 'SIGKILL');
      return Promise.resolve();
    },
  };
}
