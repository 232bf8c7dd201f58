import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { OpenFile } from '../../../src/project/context/content/read-file.ts';
import type { Change, FileChange } from '../../../src/sync/transport/change.ts';
import { HostTree } from '../../../src/sync/tree/host-tree.ts';
import { largeBytes } from '../../../src/sync/tree/large-files.ts';
import { eventually } from '../../support/eventually.ts';
import { leavesNothing, openLocalShell, openLocalShellOf, shells } from '../../support/local-shell.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const never = new AbortController().signal;
const aborted = AbortSignal.abort();

const writeOf = (at: string): FileChange & Change => ({
  do: 'write',
  path: at,
  name: path.basename(at),
  owner: undefined,
  isExecutable: false,
});

for (const shell of shells)
  describe(`a large file sent through ${shell.join(' ')}`, () => {
    it('lets small edits go first, and goes on where it was', async () => {
      await using temp = await openTempDirectory();
      const content = randomBytes(6_500_000);
      const opened: string[] = [];
      await using transport = await openLocalShell(shell, name => {
        opened.push(name);
        return Promise.resolve(name === 'large' ? content : Buffer.from('small'));
      });
      const [large, small] = [path.join(temp.path, 'large'), path.join(temp.path, 'small')];
      await writeFile(large, 'before');
      const send = (sha256: string, yields: AbortSignal): Promise<boolean> =>
        transport.writeLarge(writeOf(large), { sha256, yields, signal: never });
      assert.equal(await send('x', aborted), false);
      await transport.apply([writeOf(small)], never);
      assert.equal(await readFile(small, 'utf8'), 'small');
      assert.equal(await readFile(large, 'utf8'), 'before');
      assert.equal(await send('x', aborted), false);
      // Every call makes some progress, so that edits without end do not hold it up for ever.
      for (let i = 0; i < 10 && !(await send('x', aborted)); i++);
      assert.ok(content.equals(await readFile(large)));
      assert.deepEqual((await readdir(temp.path)).sort(), ['large', 'small']);
      assert.ok(opened.length < 12);
    });

    it('begins again if it has changed meanwhile', async () => {
      await using temp = await openTempDirectory();
      let content = randomBytes(3_000_000);
      await using transport = await openLocalShell(shell, () => Promise.resolve(content));
      const large = path.join(temp.path, 'large');
      const send = (sha256: string, yields: AbortSignal): Promise<boolean> =>
        transport.writeLarge(writeOf(large), { sha256, yields, signal: never });
      assert.equal(await send('one', aborted), false);
      content = randomBytes(2_500_000);
      assert.equal(await send('two', never), true);
      assert.ok(content.equals(await readFile(large)));
      assert.equal(transport.partialPath, undefined);
      await leavesNothing();
    });
  });

describe('a large file on this machine', () => {
  it('is sent in memory independent of its size', async () => {
    await using temp = await openTempDirectory();
    const sizeBytes = 120_000_000;
    const chunk = randomBytes(512 * 1024);
    const file: OpenFile = {
      sizeBytes,
      async *chunks() {
        await Promise.resolve();
        for (let sent = 0; sent < sizeBytes; sent += chunk.length)
          yield Buffer.from(chunk.subarray(0, Math.min(chunk.length, sizeBytes - sent)));
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    await using transport = await openLocalShellOf(shells[0] ?? [], () => Promise.resolve(file));
    const large = path.join(temp.path, 'large');
    const before = process.memoryUsage().rss;
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    const options = { sha256: 'x', yields: never, signal: never };
    assert.equal(await transport.writeLarge(writeOf(large), options), true);
    clearInterval(timer);
    const moreBytes = most - before;
    assert.ok(moreBytes < 60_000_000, `${Math.round(moreBytes / 1e6).toString()} MB more`);
  }).timeout(120_000);

  it('is hashed beside small edits, which do not wait for it', async () => {
    await using temp = await openTempDirectory();
    const hashed: string[] = [];
    const tree = new HostTree(
      temp.path,
      { isIgnored: () => false, mayHoldExceptions: () => false },
      {
        listener: {
          onDirectory: () => undefined,
          onGone: () => undefined,
          onUnreadable: () => undefined,
          onHashed: name => void hashed.push(name),
        },
      },
    );
    await tree.readAll();
    await writeFile(path.join(temp.path, 'large'), randomBytes(largeBytes + 1));
    await writeFile(path.join(temp.path, 'small'), 'small');
    assert.deepEqual([...(await tree.refresh(['large', 'small'])).keys()], ['small']);
    await eventually(() => assert.deepEqual(hashed, ['large']));
    // It has changed while it was hashed.
    await writeFile(path.join(temp.path, 'large'), randomBytes(largeBytes + 2));
    assert.deepEqual([...(await tree.refresh(['large'])).keys()], []);
    await eventually(() => assert.deepEqual(hashed, ['large', 'large']));
    assert.deepEqual([...(await tree.refresh(['large'])).keys()], ['large']);
    const node = tree.nodes.get('large');
    assert.ok(node?.kind === 'file' && node.sizeBytes === largeBytes + 2);
    tree.close();
  });
});
