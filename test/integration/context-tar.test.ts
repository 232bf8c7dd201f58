import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFile, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { digestContext } from '../../src/project/context/content/digest-context.ts';
import { openContext } from '../../src/project/context/content/open-context.ts';
import { encodeHeader } from '../../src/project/context/content/tar-header.ts';
import { parseIgnoreRules } from '../../src/project/context/ignore/ignore-rules.ts';
import { listContext, type ContextListing } from '../../src/project/context/list-context.ts';
import { eventually } from '../support/eventually.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree, type Tree } from '../support/tree.ts';

const list = (directory: string): Promise<ContextListing> =>
  listContext(directory, { rules: parseIgnoreRules('') });

async function tarOf(listing: ContextListing): Promise<Buffer> {
  await using context = openContext(listing);
  return await buffer(context.stream);
}

const segment = fc
  .string({
    unit: fc.constantFrom('a', 'b', 'é', '日', ' ', '.', '-', 'x'.repeat(60)),
    minLength: 1,
    maxLength: 4,
  })
  .filter(it => !/^\.+$/.test(it));
const someTree = fc
  .uniqueArray(
    fc.record({
      name: fc.array(segment, { minLength: 1, maxLength: 3 }).map(it => it.join('/')),
      content: fc.string({ maxLength: 700 }),
      isExecutable: fc.boolean(),
    }),
    { maxLength: 6, selector: it => it.name },
  )
  .map(files => files.filter(a => !files.some(b => b !== a && b.name.startsWith(`${a.name}/`))));

describe('a context as tar', () => {
  it('is the same whatever the order of making, times and umask, and GNU tar finds the same tree in it', async () => {
    await fc.assert(
      fc.asyncProperty(someTree, async files => {
        await using one = await openTempDirectory();
        await using two = await openTempDirectory();
        await using out = await openTempDirectory();
        const tree = (list: typeof files): Tree =>
          Object.fromEntries(list.map(it => [it.name, it.isExecutable ? { run: it.content } : it.content]));
        await makeTree(one.path, tree(files));
        const umask = process.umask(0o077);
        await makeTree(two.path, tree(files.toReversed()));
        process.umask(umask);
        for (const { name } of files) await utimes(path.join(two.path, name), 1, 1);
        const [a, b] = [await list(one.path), await list(two.path)];
        const tar = await tarOf(a);
        assert.deepEqual(await tarOf(b), tar);
        assert.equal((await digestContext(b)).digest, (await digestContext(a)).digest);
        execFileSync('tar', ['-xf', '-', '-C', out.path], { input: tar });
        execFileSync('diff', ['-r', one.path, out.path]);
        const listed = execFileSync('tar', ['--quoting-style=literal', '-tf', '-'], {
          input: tar,
        }).toString();
        assert.deepEqual(
          listed.split('\n').slice(0, -1),
          a.entries.map(({ name }) => name),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('shows fixed modes, owners and times, and long and non-ASCII names and targets right', async () => {
    await using temp = await openTempDirectory();
    const long = `${'d'.repeat(120)}/${'n'.repeat(200)}`;
    await makeTree(temp.path, { [long]: 'x', 'ü.sh': { run: '#!' }, link: { link: `${'t'.repeat(150)}/é` } });
    const tar = await tarOf(await list(temp.path));
    const lines = execFileSync('tar', ['--quoting-style=literal', '--utc', '--numeric-owner', '-tvf', '-'], {
      input: tar,
    });
    assert.deepEqual(lines.toString().split('\n'), [
      `drwxr-xr-x 0/0               0 1985-10-26 08:15 ${'d'.repeat(120)}/`,
      `-rw-r--r-- 0/0               1 1985-10-26 08:15 ${long}`,
      `lrwxrwxrwx 0/0               0 1985-10-26 08:15 link -> ${'t'.repeat(150)}/é`,
      '-rwxr-xr-x 0/0               2 1985-10-26 08:15 ü.sh',
      '',
    ]);
  });

  it('tells the size of a file of more than 8 GiB', () => {
    const source = { path: '', stamp: undefined, convertsLineEndings: false };
    const entry = { type: 'file', name: 'disk', isExecutable: false, sizeBytes: 9e9, source } as const;
    const { stdout } = spawnSync('tar', ['-tvf', '-'], { input: encodeHeader(entry, 9e9), encoding: 'utf8' });
    assert.match(stdout, / 9000000000 .* disk\n$/);
  });

  it('reports its progress in bytes', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { a: 'x'.repeat(1_200_000), b: 'yy' });
    const seen: number[] = [];
    await using context = openContext(await list(temp.path), {
      onProgress: it => seen.push(it.sentBytes),
    });
    await buffer(context.stream);
    assert.deepEqual(seen, [524_288, 1_048_576, 1_200_000, 1_200_002]);
  });

  it('reads no faster than it is read', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { a: Buffer.alloc(20_000_000) });
    let sentBytes = 0;
    await using context = openContext(await list(temp.path), {
      onProgress: it => (sentBytes = it.sentBytes),
    });
    context.stream.once('readable', () => undefined);
    await eventually(() => assert.ok(sentBytes > 0));
    // Time enough to read all of it, as that is read twice meanwhile.
    for (let i = 0; i < 2; i++) await readFile(path.join(temp.path, 'a'));
    assert.ok(sentBytes < 4_000_000, sentBytes.toString());
  });

  it('goes on when a file grows meanwhile, and fails when one shrinks or is gone', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'log');
    await writeFile(file, 'x'.repeat(1000));
    const listing = await list(temp.path);
    await appendFile(file, 'y'.repeat(1000));
    const tar = await tarOf(listing);
    assert.equal(execFileSync('tar', ['-xOf', '-'], { input: tar }).length, 2000);
    await writeFile(file, Buffer.alloc(30_000_000));
    const large = await list(temp.path);
    await using context = openContext(large);
    let isShortened = false;
    await assert.rejects(
      async () => {
        for await (const _ of context.stream) {
          if (!isShortened) await truncate(file, 1000);
          isShortened = true;
        }
      },
      { code: 'project-invalid', message: 'log changed while it was being read: it became shorter' },
    );
    await rm(file);
    await assert.rejects(tarOf(large), {
      code: 'project-invalid',
      message: 'log changed while it was being read: it is gone',
    });
  });

  it('stops when it is aborted', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { a: Buffer.alloc(20_000_000) });
    const controller = new AbortController();
    const reason = new Error('stopped');
    await using context = openContext(await list(temp.path), {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await assert.rejects(buffer(context.stream));
  });
});
