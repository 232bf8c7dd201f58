import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Engine, ExecStream } from '../../../src/engine/engine.ts';
import { openBuffer } from '../../../src/project/context/content/read-file.ts';
import { openShell } from '../../../src/sync/transport/shell/open-shell.ts';
import type { Transport } from '../../../src/sync/transport/transport.ts';
import { openExec } from '../../support/local-shell.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

describe('a shell in a container that is killed', () => {
  const never = new AbortController().signal;

  /** A shell of this machine in place of one in a container. */
  async function open(
    leftovers: Set<string>,
  ): Promise<{ readonly shell: ChildProcess; readonly transport: Transport; readonly mark: string }> {
    let shell: ChildProcess | undefined;
    let mark = '';
    const openLocalExec = (_: string, { command }: { command: readonly string[] }): Promise<ExecStream> => {
      mark = command.at(-1) ?? '';
      const { exec, child } = openExec(['sh'], command);
      shell = child;
      return Promise.resolve(exec);
    };
    const engine = { where: 'here', openExec: openLocalExec } as unknown as Engine;
    const openSource = () => Promise.resolve(openBuffer(Buffer.from('content')));
    const transport = await openShell(engine, 'one', { openSource, leftovers, signal: never });
    assert.ok(transport !== undefined && shell !== undefined);
    return { shell, transport, mark };
  }

  it('leaves nothing once the next one is open, and that removes nothing else', async () => {
    await using directory = await openTempDirectory();
    const leftovers = new Set<string>();
    const killed = await open(leftovers);
    killed.shell.kill('SIGKILL');
    await once(killed.shell, 'close');
    const file = {
      do: 'write',
      name: 'a',
      path: path.join(directory.path, 'a'),
      owner: undefined,
      isExecutable: false,
    } as const;
    await assert.rejects(killed.transport.apply([file], never));
    await killed.transport[Symbol.asyncDispose]();
    // The moment between writing and renaming is too short to be hit, so what is there then is put there.
    const left = `.os-live~${killed.mark}`;
    await writeFile(path.join(directory.path, left), 'half');
    await writeFile(path.join(directory.path, '.os-live~another'), 'of another session');

    const next = await open(leftovers);
    assert.deepEqual(await readdir(directory.path), ['.os-live~another']);
    assert.equal(leftovers.size, 0);
    await next.transport.apply([file], never);
    assert.deepEqual((await readdir(directory.path)).sort(), ['.os-live~another', 'a']);
    await next.transport[Symbol.asyncDispose]();
    await rm(path.join(directory.path, '.os-live~another'));
  });
});
