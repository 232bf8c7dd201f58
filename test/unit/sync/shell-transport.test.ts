import fc from 'fast-check';
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, symlink, writeFile, chmod, unlink } from 'node:fs/promises';
import path from 'node:path';
import { parseIgnoreRules } from '../../../src/project/context/ignore-rules.ts';
import { planBatch } from '../../../src/sync/decide/plan-batch.ts';
import type { ServiceRules } from '../../../src/sync/decide/decide.ts';
import { HostTree } from '../../../src/sync/tree/host-tree.ts';
import { readContent } from '../../../src/sync/tree/read-node.ts';
import { SyncRefusal, type Found } from '../../../src/sync/transport/transport.ts';
import { listHost } from '../../support/live-session.ts';
import { openLocalShell } from '../../support/local-shell.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const never = new AbortController().signal;
/** That of this machine; a busybox is what the end-to-end tests' containers have. */
const shells = [['sh']];
const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter(it => !/[/\0\ufffd]/.test(Buffer.from(it).toString()) && !['.', '..'].includes(it));

const rulesFor = (destination: string): ServiceRules => ({
  recipe: {
    steps: [
      { text: 'COPY', source: '', destination, isIntoDirectory: true, owner: undefined, obstacle: undefined },
    ],
    command: [],
  },
  ...{ watch: [], contextDirectory: '/', buildFiles: [], effect: 'none' },
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
            await using transport = await openLocalShell(shell, it => readContent(host, it));
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
