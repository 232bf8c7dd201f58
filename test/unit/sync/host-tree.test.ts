import assert from 'node:assert/strict';
import { parseIgnoreRules } from '../../../src/project/context/ignore-rules.ts';
import { HostTree } from '../../../src/sync/tree/host-tree.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';
import { makeTree } from '../../support/tree.ts';

describe('the tree of a build context', () => {
  it('looks at a directory once, however many of its names are asked for', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { 'a/b/c': '1', 'ab/d': '2', e: '3' });
    const seen: string[] = [];
    const tree = new HostTree(temp.path, parseIgnoreRules(''), {
      listener: { onDirectory: name => seen.push(name), onGone: () => undefined },
    });
    const changed = await tree.refresh(['a/b', 'a', 'a/b/c', 'ab', 'e']);
    assert.deepEqual(seen.sort(), ['a', 'a/b', 'ab']);
    assert.deepEqual([...changed.keys()].sort(), ['a', 'a/b', 'a/b/c', 'ab', 'ab/d', 'e']);
    seen.length = 0;
    await tree.refresh(['', 'a', 'ab/d']);
    assert.deepEqual(seen.sort(), ['', 'a', 'a/b', 'ab']);
  });
});
