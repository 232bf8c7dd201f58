import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { parseIgnoreRules } from '../../../../src/project/context/ignore/ignore-rules.ts';
import { toUnixLineEndings } from '../../../../src/project/context/content/line-endings.ts';
import { listContext, type ContextListing } from '../../../../src/project/context/list-context.ts';
import { summarizeContext } from '../../../../src/project/context/summarize-context.ts';
import { describeLargeContext } from '../../../../src/ui/push/large-context.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';
import { makeTree } from '../../../support/tree.ts';

const list = (directory: string, ignored = ''): Promise<ContextListing> =>
  listContext(directory, { rules: parseIgnoreRules(ignored) });

const names = async (directory: string, ignored = ''): Promise<string[]> =>
  (await list(directory, ignored)).entries.map(({ name }) => name);

describe('a context', () => {
  it('is without a directory that is removed while it is listed, and is refused without its own', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { 'a/x': '', 'gone/deep/y': '', z: '' });
    const plain = parseIgnoreRules('');
    const rules = {
      rules: plain.rules,
      mayHoldExceptions: (name: string) => plain.mayHoldExceptions(name),
      isIgnored(name: string) {
        if (name === 'gone') rmSync(path.join(temp.path, name), { recursive: true });
        return plain.isIgnored(name);
      },
    };
    const { entries } = await listContext(temp.path, { rules });
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['a/', 'a/x', 'z'],
    );
    await assert.rejects(list(path.join(temp.path, 'nowhere')), { code: 'project-invalid' });
  });

  it('has its entries in the order of their bytes, directories with a slash, links as links', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      'b/x': '1',
      'b.txt': '2',
      'b-c/y': '3',
      empty: null,
      l: { link: '../out' },
      '😀': '',
      '\uffee': '',
    });
    assert.deepEqual(await names(temp.path), [
      'b-c/',
      'b-c/y',
      'b.txt',
      'b/',
      'b/x',
      'empty/',
      'l',
      '\uffee',
      '😀',
    ]);
  });

  it('never touches what is ignored: broken and looping links, unreadable directories, sockets', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      ok: '',
      'secret/x': '',
      broken: { link: 'nowhere' },
      loop: { link: 'loop' },
    });
    await chmod(path.join(temp.path, 'secret'), 0);
    try {
      assert.deepEqual(await names(temp.path, 'secret\nbroken\nloop'), ['ok']);
    } finally {
      await chmod(path.join(temp.path, 'secret'), 0o755);
    }
  });

  it('holds a broken link as it is', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { broken: { link: 'nowhere' } });
    assert.deepEqual((await list(temp.path)).entries, [
      { type: 'symlink', name: 'broken', target: 'nowhere' },
    ]);
  });

  it('looks into an ignored directory only for what an exception keeps', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { 'a/keep/x': '', 'a/drop/y': '', 'b/z': '' });
    assert.deepEqual(await names(temp.path, 'a\nb\n!a/keep'), ['a/', 'a/keep/', 'a/keep/x']);
    // As Docker's client does, where an exception begins with a wildcard.
    assert.deepEqual(await names(temp.path, '*\n!**/y'), []);
  });

  it('leaves sockets and pipes out and says so', async () => {
    await using temp = await openTempDirectory();
    execFileSync('mkfifo', [path.join(temp.path, 'pipe')]);
    const server = net.createServer().listen(path.join(temp.path, 'socket'));
    await new Promise(resolve => server.once('listening', resolve));
    const listing = await list(temp.path);
    server.close();
    assert.deepEqual([listing.entries, listing.skipped], [[], ['pipe', 'socket']]);
  });

  it('over 100 MB names its largest entries and the lines that help', () => {
    const file = (name: string, sizeBytes: number): ContextListing['entries'][number] => ({
      ...{ type: 'file', name, sizeBytes, isExecutable: false },
      source: { path: name, stamp: undefined, convertsLineEndings: false },
    });
    const entries = [
      file('web/node_modules/a/x', 90e6),
      file('web/node_modules/b', 20e6),
      file('disk.img', 50e6),
      file('src/a.js', 5e6),
    ];
    const summary = summarizeContext({ directory: '/', entries, sizeBytes: 165e6, skipped: [] });
    assert.deepEqual(describeLargeContext(summary), [
      'the build context is 165 MB; the largest in it:',
      '    110 MB  web/node_modules/',
      '   50.0 MB  disk.img',
      '    5.0 MB  src/a.js',
      'if the image does not need them, add to .dockerignore:',
      '    110 MB  web/node_modules',
      '   50.0 MB  disk.img',
    ]);
    assert.deepEqual(
      describeLargeContext(summarizeContext({ directory: '/', entries, sizeBytes: 1e6, skipped: [] })),
      [],
    );
  });

  it('turns CRLF to LF in text alone', () => {
    assert.equal(toUnixLineEndings(Buffer.from('a\r\né\r\n')).toString(), 'a\né\n');
    for (const data of [Buffer.from('a\r\n\0'), Buffer.from([0xff, 13, 10]), Buffer.from('a\rb\n')])
      assert.equal(toUnixLineEndings(data), data);
  });
});
