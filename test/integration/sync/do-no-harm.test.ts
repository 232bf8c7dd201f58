import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SyncRefusal } from '../../../src/sync/transport/transport.ts';
import { openLocalShell, shells } from '../../support/local-shell.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const never = new AbortController().signal;

for (const shell of shells)
  describe(`a shell in a container, ${shell.join(' ')},`, () => {
    for (const [kind, make] of [
      ['file', (at: string) => writeFile(at, 'precious')],
      ['symlink', (at: string) => symlink('target', at)],
      ['directory', (at: string) => mkdir(at)],
    ] as const)
      it(`removes nothing that has become a ${kind} since it was synced as another kind of thing`, async () => {
        await using temp = await openTempDirectory();
        const at = path.join(temp.path, 'thing');
        await make(at);
        await using transport = await openLocalShell(shell, () => Promise.resolve(Buffer.from('x')));
        for (const other of (['file', 'symlink', 'directory'] as const).filter(it => it !== kind)) {
          const removal = { do: 'remove' as const, path: at, kind: other, below: [] };
          await assert.rejects(transport.apply([removal], never), SyncRefusal);
          assert.deepEqual(await readdir(temp.path), ['thing']);
        }
        await transport.apply([{ do: 'remove', path: at, kind, below: [] }], never);
        await transport.apply([{ do: 'remove', path: at, kind, below: [] }], never);
        assert.deepEqual(await readdir(temp.path), []);
      });

    it('removes from a directory nothing but the names that are known, whatever the service has made and removed there', async () => {
      await using temp = await openTempDirectory();
      const at = path.join(temp.path, 'tree');
      const elsewhere = path.join(temp.path, 'elsewhere');
      await mkdir(elsewhere);
      await writeFile(path.join(elsewhere, 'a'), 'precious');
      await using transport = await openLocalShell(shell, () => Promise.resolve(undefined));
      const below = (
        [
          ['a', 'file'],
          ['sub', 'directory'],
          ['sub/a', 'file'],
          ['link', 'symlink'],
        ] as const
      ).map(([name, kind]) => ({ path: path.join(at, name), kind }));
      const remove = (): Promise<void> =>
        transport.apply([{ do: 'remove', path: at, kind: 'directory', below }], never);
      const make = async (): Promise<void> => {
        await rm(at, { recursive: true, force: true });
        await mkdir(path.join(at, 'sub'), { recursive: true });
        await writeFile(path.join(at, 'a'), '');
        await writeFile(path.join(at, 'sub/a'), '');
        await symlink('../elsewhere', path.join(at, 'link'));
      };
      // As many things as are known, one of which the service has made in the place of another.
      await make();
      await rm(path.join(at, 'a'));
      await writeFile(path.join(at, 'sub/data'), 'precious');
      await assert.rejects(remove(), SyncRefusal);
      assert.equal(await readFile(path.join(at, 'sub/data'), 'utf8'), 'precious');
      await make();
      await rm(path.join(at, 'sub'), { recursive: true });
      await symlink('../elsewhere', path.join(at, 'sub'));
      await assert.rejects(remove(), SyncRefusal);
      assert.deepEqual((await readdir(at)).sort(), ['a', 'link', 'sub']);
      assert.equal(await readFile(path.join(elsewhere, 'a'), 'utf8'), 'precious');
      await make();
      await rm(path.join(at, 'sub/a'));
      await remove();
      await remove();
      assert.deepEqual(await readdir(temp.path), ['elsewhere']);
    });

    it('neither replaces nor enters a link to a directory that stands where a file is to be', async () => {
      await using temp = await openTempDirectory();
      const directory = path.join(temp.path, 'directory');
      await mkdir(directory);
      await using transport = await openLocalShell(shell, () => Promise.resolve(Buffer.from('new')));
      for (const [count, isExecutable] of [
        [1, false],
        [1, true],
        [20, false],
      ] as const) {
        const paths = Array.from({ length: count }, (_, i) => path.join(temp.path, `link${i.toString()}`));
        for (const it of paths) {
          await rm(it, { force: true });
          await symlink('directory', it);
        }
        await assert.rejects(
          transport.apply(
            paths.map(it => ({ do: 'write', path: it, name: 'a', owner: undefined, isExecutable })),
            never,
          ),
          SyncRefusal,
        );
        for (const it of paths) assert.equal(await readlink(it), 'directory');
        assert.deepEqual(await readdir(directory), []);
      }
    });

    it('changes the mode of no file that a link leads to', async () => {
      await using temp = await openTempDirectory();
      await writeFile(path.join(temp.path, 'target'), '', { mode: 0o600 });
      await symlink('target', path.join(temp.path, 'link'));
      await using transport = await openLocalShell(shell, () => Promise.resolve(undefined));
      await assert.rejects(
        transport.apply([{ do: 'mode', path: path.join(temp.path, 'link'), isExecutable: true }], never),
        SyncRefusal,
      );
      assert.equal((await stat(path.join(temp.path, 'target'))).mode & 0o777, 0o600);
    });

    it('puts a link over a link, and over nothing else', async () => {
      await using temp = await openTempDirectory();
      const at = path.join(temp.path, 'thing');
      await using transport = await openLocalShell(shell, () => Promise.resolve(undefined));
      const link = (target: string): Promise<void> =>
        transport.apply([{ do: 'link', path: at, owner: undefined, target }], never);
      await link('.');
      await link('..');
      assert.equal(await readlink(at), '..');
      await rm(at);
      await writeFile(at, 'precious');
      await assert.rejects(link('.'), SyncRefusal);
      assert.equal(await readFile(at, 'utf8'), 'precious');
    });
  });
