/** The shell transport's other end on this machine: an engine whose one container is a shell of the host. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import type { Engine, ExecStream, LogChunk } from '../../src/engine/engine.ts';
import { openShell } from '../../src/sync/transport/open-shell.ts';
import type { ReadFile } from '../../src/sync/transport/change.ts';
import type { Transport } from '../../src/sync/transport/transport.ts';
import { eventually } from './eventually.ts';

/** What images have for /bin/sh, as far as it is on this machine; the programs that they start are this machine's. */
export const shells = [['sh'], ['bash', '--posix'], ['busybox', 'sh']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', ':']).status === 0,
);

function openExec(shell: readonly string[], script: string): ExecStream {
  const [program = '', ...args] = shell;
  const child = spawn(program, [...args, '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').catch(() => undefined);
  const output = async function* (): AsyncGenerator<LogChunk> {
    for await (const data of child.stdout) yield { stream: 'stdout', data: data as Buffer };
  };
  return {
    output: output(),
    write: data =>
      new Promise((resolve, reject) => {
        child.stdin.write(data, error => (error ? reject(error) : resolve()));
      }),
    readExitCode: () => Promise.resolve(child.exitCode ?? 0),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

/** `shell`: how a POSIX shell is started here, e.g. `['busybox', 'sh']`. Its programs are the host's. */
export async function openLocalShell(
  shell: readonly string[],
  readFile: ReadFile,
  roots: readonly string[] = ['/'],
): Promise<Transport> {
  const engine = {
    where: 'here',
    openExec: (_: string, { command }: { command: readonly string[] }) =>
      Promise.resolve(openExec(shell, command[2] ?? '')),
  } as unknown as Engine;
  const transport = await openShell(engine, 'one', {
    ...{ readFile, roots, signal: new AbortController().signal },
  });
  if (transport === undefined) throw new Error(`${shell.join(' ')} does not do`);
  return transport;
}

/** Nothing of what is put together beside its place stays; what a run beside this one has there is soon gone. */
export const leavesNothing = (): Promise<void> =>
  eventually(async () => {
    assert.deepEqual(
      (await readdir('/')).filter(it => it.startsWith('.os-live')),
      [],
    );
  });
