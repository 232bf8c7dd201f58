import fc from 'fast-check';
import assert from 'node:assert/strict';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { parseIgnoreRules } from '../../../src/project/context/ignore/ignore-rules.ts';
import { planBatch } from '../../../src/sync/decide/plan-batch.ts';
import type { ServiceRules } from '../../../src/sync/decide/decide.ts';
import { HostTree } from '../../../src/sync/tree/host-tree.ts';
import { openContent } from '../../../src/sync/tree/read-node.ts';
import { SyncRefusal, type Found } from '../../../src/sync/transport/transport.ts';
import { listHost } from '../../support/live-session.ts';
import { leavesNothing, openLocalShell, openLocalShellOf, shells } from '../../support/local-shell.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const never = new AbortController().signal;
const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter(it => !/[/\0\ufffd]/.test(Buffer.from(it).toString()) && !['.', '..'].includes(it));

const rulesFor = (destination: string): ServiceRules => ({
  recipe: {
    steps: [
      {
        text: 'COPY',
        source: '',
        destination,
        writtenDestination: destination,
        isIntoDirectory: true,
        owner: undefined,
        copiesAfter: 0,
        obstacle: undefined,
        isUnpacking: false,
        isReloaded: false,
        replays: [],
        repeats: [],
        covers: [],
      },
    ],
    otherSteps: [],
    entrypoint: [],
    command: [],
    workingDirectory: '/',
  },
  watch: [],
  contextDirectory: '/',
  buildFiles: [],
  effect: 'none',
  programFiles: [],
});

type Step = readonly [
  what: 'write' | 'directory' | 'link' | 'remove' | 'mode',
  where: number,
  bytes: Uint8Array,
];

/** One thing that a person does to a tree. */
async function disturb(root: string, [what, where, bytes]: Step, names: readonly string[]): Promise<void> {
  const file = path.join(root, names[where % names.length] ?? 'x', where % 3 === 0 ? 'inner' : '');
  const present = await stat(file).catch(() => undefined);
  if (what === 'mode') {
    if (present?.isFile() === true) await chmod(file, (present.mode & 0o100) === 0 ? 0o755 : 0o644);
    return;
  }
  if (!(what === 'write' && present?.isFile() === true))
    await rm(file, { recursive: true, force: true }).catch(() => undefined);
  const parent = path.dirname(file);
  if (!((await stat(parent).catch(() => undefined))?.isDirectory() ?? false)) {
    await rm(parent, { force: true });
    await mkdir(parent, { recursive: true });
  }
  if (what === 'write') {
    await unlink(file).catch(() => undefined);
    await writeFile(file, bytes);
  }
  if (what === 'directory') await mkdir(file);
  if (what === 'link') await symlink(Buffer.from(bytes).toString('hex').slice(0, 20) || 'x', file);
}

for (const shell of shells)
  describe(`the way into a container through ${shell.join(' ')}`, () => {
    it('carries any bytes to any name', async () => {
      await using temp = await openTempDirectory();
      let content = Buffer.alloc(0);
      await using transport = await openLocalShell(shell, () => Promise.resolve(content));
      await fc.assert(
        fc.asyncProperty(
          fc.array(name, { minLength: 1, maxLength: 3 }),
          fc.uint8Array({ maxLength: 5000 }),
          fc.boolean(),
          async (names, bytes, isExecutable) => {
            content = Buffer.from(bytes);
            const file = path.posix.join(temp.path, 'x', ...names);
            await rm(path.join(temp.path, 'x'), { recursive: true, force: true });
            await transport.apply(
              [{ do: 'write', path: file, name: 'any', owner: undefined, isExecutable }],
              never,
            );
            assert.deepEqual(await readFile(file), content);
            assert.equal(((await stat(file)).mode & 0o100) !== 0, isExecutable);
            const [found] = await transport.read([file], never);
            assert.equal(typeof found === 'object' && found.kind, 'file');
          },
        ),
        { numRuns: 60 },
      );
    });

    it('carries many files at once, and keeps the inodes of those that are there', async () => {
      const file = fc.record({
        name,
        directory: fc.nat(3),
        bytes: fc.oneof(fc.uint8Array({ maxLength: 3000 }), fc.constant(new Uint8Array(500))),
        isExecutable: fc.boolean(),
      });
      const contents = new Map<string, Uint8Array>();
      const read = (it: string): Promise<Buffer> => Promise.resolve(Buffer.from(contents.get(it) ?? []));
      await using transport = await openLocalShell(shell, read);
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(file, {
            minLength: 9,
            maxLength: 60,
            selector: it => `${it.directory.toString()}/${it.name}`,
          }),
          fc.nat(300),
          async (files, cut) => {
            await using temp = await openTempDirectory();
            const at = (it: (typeof files)[number]): string =>
              path.posix.join(temp.path, `it's ${it.directory.toString()}`, it.name);
            const changes = files.map(it => ({
              do: 'write' as const,
              path: at(it),
              name: at(it),
              owner: undefined,
              isExecutable: it.isExecutable,
            }));
            const inodes = new Map<string, number>();
            for (const round of ['new', 'there']) {
              for (const it of files)
                contents.set(at(it), round === 'new' ? it.bytes : it.bytes.toReversed().subarray(cut));
              await transport.apply(changes, never);
              for (const it of files) {
                assert.deepEqual(await readFile(at(it)), Buffer.from(contents.get(at(it)) ?? []));
                const { mode, ino } = await stat(at(it));
                assert.equal((mode & 0o777).toString(8), it.isExecutable ? '755' : '644');
                if (!it.isExecutable) assert.equal(ino, inodes.get(at(it)) ?? ino);
                inodes.set(at(it), ino);
              }
            }
            const all = await readdir(temp.path, { recursive: true });
            assert.equal(all.length, files.length + new Set(files.map(it => it.directory)).size);
          },
        ),
        { numRuns: 10 },
      );
      await leavesNothing();
    });

    for (const [what, count] of [
      ['a file', 1],
      ['many files', 20],
    ] as const)
      it(`follows no link out of what is kept in sync, for ${what}`, async () => {
        await using temp = await openTempDirectory();
        const [app, elsewhere] = [path.join(temp.path, 'app'), path.join(temp.path, 'elsewhere')];
        await mkdir(elsewhere);
        await mkdir(app);
        await symlink(elsewhere, path.join(app, 'data'));
        await using transport = await openLocalShell(shell, () => Promise.resolve(Buffer.from('x')));
        const paths = Array.from({ length: count }, (_, i) => path.join(app, 'data', i.toString()));
        const writes = paths.map(it => ({
          do: 'write' as const,
          path: it,
          name: 'a',
          owner: undefined,
          isExecutable: false,
        }));
        for (const changes of [
          writes,
          [{ do: 'remove' as const, path: path.join(app, 'data', 'kept'), kind: 'file' as const, below: [] }],
        ]) {
          await writeFile(path.join(elsewhere, 'kept'), '');
          await assert.rejects(
            transport.apply(changes, never),
            (error: unknown) =>
              error instanceof SyncRefusal &&
              error.message === `${app}/data is a symbolic link in the container`,
          );
        }
        assert.deepEqual(await readdir(elsewhere), ['kept']);
      });

    it('replaces a link by a file, and leaves alone what it leads to', async () => {
      await using temp = await openTempDirectory();
      await writeFile(path.join(temp.path, 'target'), 'precious');
      await using transport = await openLocalShell(shell, () => Promise.resolve(Buffer.from('new')));
      for (const count of [1, 20]) {
        const paths = Array.from({ length: count }, (_, i) => path.join(temp.path, `link${i.toString()}`));
        for (const it of paths) {
          await rm(it, { force: true });
          await symlink('target', it);
        }
        await transport.apply(
          paths.map(it => ({ do: 'write', path: it, name: 'a', owner: undefined, isExecutable: false })),
          never,
        );
        for (const it of paths) assert.equal(await readFile(it, 'utf8'), 'new');
        await assert.rejects(readlink(paths[0] ?? ''));
      }
      assert.equal(await readFile(path.join(temp.path, 'target'), 'utf8'), 'precious');
    });

    it('carries files larger than a frame', async () => {
      await using temp = await openTempDirectory();
      const content = Buffer.alloc(3_500_000, 'abcdefg');
      await using transport = await openLocalShell(shell, () => Promise.resolve(content));
      const file = path.join(temp.path, 'large');
      await transport.apply(
        [{ do: 'write', path: file, name: 'large', owner: undefined, isExecutable: false }],
        never,
      );
      assert.ok(content.equals(await readFile(file)));
    });

    it('refuses to put a file in the place of a directory that it knows nothing of', async () => {
      await using temp = await openTempDirectory();
      await mkdir(path.join(temp.path, 'app', 'precious'), { recursive: true });
      await using transport = await openLocalShell(shell, () => Promise.resolve(Buffer.from('x')));
      const app = path.join(temp.path, 'app');
      await assert.rejects(
        transport.apply(
          [{ do: 'write', path: app, name: 'a', owner: undefined, isExecutable: false }],
          never,
        ),
        (error: unknown) => error instanceof SyncRefusal && error.message.includes('is a directory'),
      );
      assert.ok((await stat(path.join(app, 'precious'))).isDirectory());
    });

    it('ends with the same tree, whatever is done to the host’s', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(name, { minLength: 2, maxLength: 5 }),
          fc.array(
            fc.array(
              fc.tuple(
                fc.constantFrom('write', 'directory', 'link', 'remove', 'mode'),
                fc.nat(20),
                fc.uint8Array({ maxLength: 300 }),
              ),
              { minLength: 1, maxLength: 6 },
            ),
            { minLength: 1, maxLength: 5 },
          ),
          async (names, batches) => {
            await using temp = await openTempDirectory();
            const [host, inside] = [path.join(temp.path, 'host'), path.join(temp.path, 'inside')];
            await mkdir(host);
            await mkdir(inside);
            const tree = new HostTree(host, parseIgnoreRules(''));
            await tree.readAll();
            await using transport = await openLocalShellOf(shell, it => openContent(host, it));
            const applied = new Map<string, Found>();
            for (const batch of batches) {
              for (const step of batch) await disturb(host, step, names);
              const changed = await tree.refresh(names);
              const plan = planBatch(rulesFor(inside), { dirty: changed, nodes: tree.nodes, applied });
              await transport.apply(plan.changes, never);
              for (const [file, node] of plan.outcome) applied.set(file, node);
              assert.deepEqual(await listHost(inside), await listHost(host));
            }
          },
        ),
        { numRuns: 40 },
      );
    });
  });
