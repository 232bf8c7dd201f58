/** The shell transport's other end on this machine: an engine whose one container is a shell of the host. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import type { Engine, ExecStream, LogChunk } from '../../src/engine/engine.ts';
import { openShell } from '../../src/sync/transport/shell/open-shell.ts';
import { openBuffer } from '../../src/project/context/content/read-file.ts';
import type { OpenSource } from '../../src/sync/transport/change.ts';
import type { Transport } from '../../src/sync/transport/transport.ts';
import { eventually } from './eventually.ts';

/**
 * What images have for /bin/sh, as far as it is on this machine; the programs that they start are this machine's. Without
 * `--norc` bash takes the socket that is its stdin for a remote login, and runs this machine's ~/.bashrc.
 */
export const shells = [['sh'], ['bash', '--norc', '--posix'], ['busybox', 'sh']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', ':']).status === 0,
);

/** Runs a command that a container would run; `child` is its process. */
export function openExec(
  shell: readonly string[],
  command: readonly string[],
): { readonly exec: ExecStream; readonly child: ChildProcess } {
  const [program = '', ...args] = shell;
  const child = spawn(program, [...args, ...command.slice(1)], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').catch(() => undefined);
  const output = async function* (): AsyncGenerator<LogChunk> {
    for await (const data of child.stdout) yield { stream: 'stdout', data: data as Buffer };
  };
  const exec: ExecStream = {
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
  return { exec, child };
}

type ReadFile = (name: string) => Promise<Buffer | undefined>;

/** `shell`: how a POSIX shell is started here, e.g. `['busybox', 'sh']`. Its programs are the host's. */
export async function openLocalShell(shell: readonly string[], readFile: ReadFile): Promise<Transport> {
  return openLocalShellOf(shell, async name => {
    const content = await readFile(name);
    return content && openBuffer(content);
  });
}

export async function openLocalShellOf(shell: readonly string[], openSource: OpenSource): Promise<Transport> {
  const engine = {
    where: 'here',
    openExec: (_: string, { command }: { command: readonly string[] }) =>
      Promise.resolve(openExec(shell, command).exec),
  } as unknown as Engine;
  const transport = await openShell(engine, 'one', {
    openSource,
    leftovers: new Set(),
    signal: new AbortController().signal,
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
