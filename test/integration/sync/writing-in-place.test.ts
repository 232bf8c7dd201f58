import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Change } from '../../../src/sync/transport/change.ts';
import { SyncRefusal } from '../../../src/sync/transport/transport.ts';
import { eventually } from '../../support/eventually.ts';
import { leavesNothing, openLocalShell, shells } from '../../support/local-shell.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const never = new AbortController().signal;

const writesTo = (paths: readonly string[]): Change[] =>
  paths.map(it => ({ do: 'write', path: it, name: it, owner: undefined, isExecutable: false }));

/** The least size that `file` has until this is disposed, as far as a thread sees it that does nothing but look. */
function watchSize(file: string): Disposable & { readonly leastBytes: number } {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  shared[1] = 2 ** 31 - 1;
  const looking = `const { statSync } = require('node:fs');
    const { file, shared } = require('node:worker_threads').workerData;
    while (shared[0] === 0) shared[1] = Math.min(shared[1], statSync(file).size);`;
  new Worker(looking, { eval: true, workerData: { file, shared } });
  return {
    get leastBytes() {
      return shared[1] ?? 0;
    },
    [Symbol.dispose]() {
      shared[0] = 1;
    },
  };
}

for (const shell of shells)
  describe(`writing to files through ${shell.join(' ')}`, () => {
    for (const [what, count] of [
      ['a file', 1],
      ['many files', 12],
    ] as const)
      it(`keeps ${what} at full length while it is written`, async () => {
        await using temp = await openTempDirectory();
        const paths = Array.from({ length: count }, (_, i) => path.join(temp.path, i.toString()));
        for (const it of paths) await writeFile(it, 'x'.repeat(2000));
        let content = Buffer.alloc(0);
        await using transport = await openLocalShell(shell, () => Promise.resolve(content));
        using watched = watchSize(paths[0] ?? '');
        for (let i = 0; i < 50; i++) {
          content = Buffer.alloc(2000 + (i % 3) * 1000, i.toString());
          await transport.apply(writesTo(paths), never);
        }
        assert.equal(watched.leastBytes, 2000);
      });

    it('touches nothing where there is no space for all of it', async () => {
      await using temp = await openTempDirectory();
      const paths = Array.from({ length: 60 }, (_, i) => path.join(temp.path, i.toString()));
      for (const it of paths) await writeFile(it, 'old');
      const limited = ['sh', '-c', 'trap "" XFSZ; ulimit -f 128; exec "$@"', 'sh', ...shell];
      await using transport = await openLocalShell(limited, () => Promise.resolve(Buffer.from('newer')));
      await assert.rejects(
        transport.apply(writesTo(paths), never),
        (error: unknown) => error instanceof SyncRefusal && error.message.includes('too large'),
      );
      for (const it of paths) assert.equal(await readFile(it, 'utf8'), 'old');
      await leavesNothing();
    });

    it('is not disturbed by another session that writes into the same directory', async () => {
      await using temp = await openTempDirectory();
      const both = ['a', 'b'].map(async letter => {
        const file = path.join(temp.path, letter);
        const content = Buffer.alloc(3_000_000, letter);
        await using transport = await openLocalShell(shell, () => Promise.resolve(content));
        for (let i = 0; i < 5; i++) await transport.apply(writesTo([file]), never);
        assert.ok((await readFile(file)).equals(content), letter);
      });
      await Promise.all(both);
      assert.deepEqual((await readdir(temp.path)).sort(), ['a', 'b']);
    });

    it('leaves nothing of a large file that is cut off', async () => {
      await using temp = await openTempDirectory();
      const file = path.join(temp.path, 'large');
      const stop = new AbortController();
      const content = Buffer.alloc(40_000_000);
      await using transport = await openLocalShell(shell, () => Promise.resolve(content));
      const applied = transport.apply(writesTo([file]), stop.signal).catch(() => undefined);
      await eventually(async () => assert.equal((await readdir(temp.path)).length, 1));
      stop.abort();
      await applied;
      await transport[Symbol.asyncDispose]();
      assert.deepEqual(await readdir(temp.path), []);
    });
  });
