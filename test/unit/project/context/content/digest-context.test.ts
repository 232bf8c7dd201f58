import assert from 'node:assert/strict';
import { chmodSync, symlinkSync } from 'node:fs';
import { chmod, mkdir, rename, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { digestContext } from '../../../../../src/project/context/content/digest-context.ts';
import { parseIgnoreRules } from '../../../../../src/project/context/ignore/ignore-rules.ts';
import { listContext, type ContextListing } from '../../../../../src/project/context/list-context.ts';
import { openContext } from '../../../../../src/project/context/content/open-context.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';
import { makeTree } from '../../../../support/tree.ts';

/** The context as it is listed ten seconds after its last change. */
const list = (directory: string, nowMs = Date.now() + 10_000): Promise<ContextListing> =>
  listContext(directory, { rules: parseIgnoreRules(''), nowMs });

describe('the digest of a context that is sent', () => {
  it('is that of the same context on the disk, teaches the cache, and is unknown until all of it is sent', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { a: 'A', 'd/b': Buffer.alloc(3_000_000, 1), 'd/c.sh': '#!/bin/sh' });
    symlinkSync('a', path.join(temp.path, 'link'));
    const listing = await list(temp.path);
    const cache = new Map<string, string>();
    await using context = openContext(listing, { cache });
    context.stream.once('readable', () => undefined);
    await new Promise(setImmediate);
    assert.equal(context.sent(), undefined);
    await buffer(context.stream);
    assert.deepEqual(context.sent(), await digestContext(listing));
    const known = new Map<string, string>();
    await digestContext(listing, { cache: known });
    assert.deepEqual(cache, known);
  });

  it('tells what was sent where a file changed after the context was listed', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { a: 'before' });
    const listing = await list(temp.path);
    await writeFile(path.join(temp.path, 'a'), 'behind');
    await using context = openContext(listing);
    const tar = await buffer(context.stream);
    assert.ok(tar.includes('behind'));
    assert.deepEqual(context.sent(), await digestContext(await list(temp.path)));
  });

  it('is unknown of a context that was not sent whole', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { a: Buffer.alloc(3_000_000), b: 'B' });
    await using context = openContext(await list(temp.path));
    for await (const _ of context.stream) break;
    await context[Symbol.asyncDispose]();
    assert.equal(context.sent(), undefined);
  });
});

describe('the digest of a context', () => {
  const change: [string, (directory: string) => Promise<void> | void][] = [
    ['content', directory => writeFile(path.join(directory, 'f'), 'B')],
    ['an execute bit', directory => chmod(path.join(directory, 'f'), 0o755)],
    ['a name', directory => writeFile(path.join(directory, 'g'), '')],
    ['an empty directory', directory => mkdir(path.join(directory, 'd'))],
    ['a link', directory => symlinkSync('f', path.join(directory, 'l'))],
  ];
  for (const [what, apply] of change)
    it(`changes with ${what}`, async () => {
      await using temp = await openTempDirectory();
      await makeTree(temp.path, { f: 'A' });
      const before = await digestContext(await list(temp.path));
      await apply(temp.path);
      assert.notEqual((await digestContext(await list(temp.path))).digest, before.digest);
    });

  it('does not change with times and group modes, and is taken from a cache when nothing changed', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { f: 'A' });
    const cache = new Map<string, string>();
    const before = await digestContext(await list(temp.path), { cache });
    chmodSync(path.join(temp.path, 'f'), 0o664);
    await utimes(path.join(temp.path, 'f'), 5, 5);
    assert.deepEqual(await digestContext(await list(temp.path), { cache }), before);
    assert.equal(cache.size, 2);
    await digestContext(await list(temp.path), { cache });
    assert.equal(cache.size, 2);
  });

  it('is that of the content where another file of the same size and times takes its place', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { f: 'A' });
    const file = path.join(temp.path, 'f');
    await utimes(file, 5, 5);
    const cache = new Map<string, string>();
    const before = await digestContext(await list(temp.path), { cache });
    await writeFile(`${file}.new`, 'B');
    await utimes(`${file}.new`, 5, 5);
    await rename(`${file}.new`, file);
    const after = await digestContext(await list(temp.path), { cache });
    assert.notEqual(after.digest, before.digest);
    assert.deepEqual(after, await digestContext(await list(temp.path)));
  });

  it('is made again of a file that changed within two seconds before it was listed', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { f: 'A' });
    const { ctimeMs } = await stat(path.join(temp.path, 'f'));
    const cache = new Map<string, string>();
    await digestContext(await list(temp.path, ctimeMs + 1_900), { cache });
    assert.equal(cache.size, 0);
    await digestContext(await list(temp.path, ctimeMs + 2_100), { cache });
    assert.equal(cache.size, 1);
  });
});
