import assert from 'node:assert/strict';
import { readOpenFile } from '../../../../src/project/context/content/read-file.ts';
import { link, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseIgnoreRules } from '../../../../src/project/context/ignore/ignore-rules.ts';
import { HostTree } from '../../../../src/sync/tree/host-tree.ts';
import { RecentContents } from '../../../../src/sync/tree/recent-contents.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';
import { makeTree } from '../../../support/tree.ts';

describe('the tree of a build context', () => {
  it('looks at a directory once, however many of its names are asked for', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { 'a/b/c': '1', 'ab/d': '2', e: '3' });
    const seen: string[] = [];
    const tree = new HostTree(temp.path, parseIgnoreRules(''), {
      listener: {
        onDirectory: name => seen.push(name),
        onGone: () => undefined,
        onUnreadable: () => undefined,
      },
    });
    const changed = await tree.refresh(['a/b', 'a', 'a/b/c', 'ab', 'e']);
    assert.deepEqual(seen.sort(), ['a', 'a/b', 'ab']);
    assert.deepEqual([...changed.keys()].sort(), ['a', 'a/b', 'a/b/c', 'ab', 'ab/d', 'e']);
    seen.length = 0;
    await tree.refresh(['', 'a', 'ab/d']);
    assert.deepEqual(seen.sort(), ['', 'a', 'a/b', 'ab']);
  });

  it('has what it has just read of a changed file at hand, and nothing of one that is gone', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { a: 'first', b: 'other' });
    const tree = new HostTree(temp.path, parseIgnoreRules(''));
    const read = async (name: string): Promise<string | undefined> => {
      const file = await tree.openContent(name);
      return file && (await readOpenFile(file)).toString();
    };
    await tree.refresh(['a', 'b']);
    await makeTree(temp.path, { a: 'second' });
    assert.equal(await read('a'), 'first');
    await tree.refresh(['a']);
    await rm(path.join(temp.path, 'a'));
    await rm(path.join(temp.path, 'b'));
    assert.equal(await read('a'), 'second');
    await tree.refresh(['a']);
    assert.equal(await read('a'), undefined);
  });

  it('has a file changed under all of its names, of which the system reports one', async () => {
    await using temp = await openTempDirectory();
    const at = (name: string): string => path.join(temp.path, name);
    await makeTree(temp.path, { 'lib/a.js': 'first', 'app/b.js': 'other', 'out/c.js': 'x' });
    await link(at('lib/a.js'), at('app/a.js'));
    await link(at('lib/a.js'), at('out/a.js'));
    const tree = new HostTree(temp.path, parseIgnoreRules('out'));
    await tree.readAll();
    await makeTree(temp.path, { 'lib/a.js': 'second' });
    const changed = await tree.refresh(['lib/a.js']);
    assert.deepEqual([...changed.keys()].sort(), ['app/a.js', 'lib/a.js']);
    assert.deepEqual(tree.nodes.get('app/a.js'), tree.nodes.get('lib/a.js'));
    assert.deepEqual([...(await tree.refresh(['lib/a.js'])).keys()], []);
  });
});

describe('what was read a moment ago', () => {
  it('is forgotten, the oldest first, where it is too much', () => {
    const recent = new RecentContents(10);
    recent.keep('a', Buffer.alloc(4));
    recent.keep('b', Buffer.alloc(4));
    recent.keep('a', Buffer.alloc(5));
    recent.keep('c', Buffer.alloc(4));
    assert.deepEqual(
      ['a', 'b', 'c'].map(name => recent.get(name)?.length),
      [5, undefined, 4],
    );
    recent.keep('d', Buffer.alloc(11));
    assert.equal(recent.get('d'), undefined);
    assert.equal(recent.get('c'), undefined);
  });
});
