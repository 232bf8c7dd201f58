import assert from 'node:assert/strict';
import path from 'node:path';
import { parseIgnoreRules } from '../../../../src/project/context/ignore/ignore-rules.ts';
import type { WatchRule } from '../../../../src/project/service.ts';
import { HostTree } from '../../../../src/sync/tree/host-tree.ts';
import { findWatchRoots } from '../../../../src/sync/watch/watch-roots.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';
import { makeTree, type Tree } from '../../../support/tree.ts';

interface Looked {
  /** Outside of `own` as `…/name`. */
  readonly names: readonly string[];
  readonly directories: readonly string[];
}

/** What is looked at in `tree` for services of the directory `own`, whose rules name `paths`. */
async function look(
  tree: Tree,
  paths: readonly (string | { path: string; ignore: string[] })[],
  { context }: { context?: string } = {},
): Promise<Looked> {
  await using temp = await openTempDirectory();
  await makeTree(temp.path, { own: null, ...tree });
  const directory = path.join(temp.path, 'own');
  const watch = paths.map((it): WatchRule => {
    const { path: place, ignore } = typeof it === 'string' ? { path: it, ignore: [] } : it;
    const rule = { action: 'sync', target: '/x', exec: undefined, include: [] } as const;
    return { ...rule, path: path.resolve(directory, place), ignore, isSyncedAtStart: undefined };
  });
  const ignored = context === undefined ? undefined : parseIgnoreRules(context);
  const { names: roots, rules } = findWatchRoots({ directory, context: ignored, watch });
  const directories: string[] = [];
  const short = (name: string): string => name.replace(temp.path, '…');
  const found = new HostTree(directory, rules, {
    roots,
    listener: {
      onDirectory: name => directories.push(short(name)),
      onGone: () => undefined,
      onUnreadable: () => undefined,
    },
  });
  await found.readAll();
  return { names: [...found.nodes.keys()].map(short).sort(), directories: directories.sort() };
}

describe('what is looked at for services', () => {
  it('is the context, and what rules name outside of it, where the rules of the context do not count', async () => {
    const tree = { 'own/a.js': '', 'own/a.log': '', 'common/b.js': '', 'common/b.log': '', 'other/c': '' };
    assert.deepEqual(await look(tree, ['../common', 'a.js'], { context: '*.log' }), {
      names: ['a.js', '…/common', '…/common/b.js', '…/common/b.log'],
      directories: ['', '…/common'],
    });
  });

  it('is without a context what rules name, and nothing else', async () => {
    const tree = { 'own/html/a': '', 'own/src/b': '', 'own/app.conf': '', 'common/c': '' };
    assert.deepEqual(await look(tree, ['html', '../common']), {
      names: ['html', 'html/a', '…/common', '…/common/c'],
      directories: ['html', '…/common'],
    });
    assert.deepEqual(await look(tree, ['app.conf']), { names: ['app.conf'], directories: [''] });
  });

  it('is a file from the directory that holds it, and what is not there yet', async () => {
    const tree = { 'etc/a.conf': '', 'etc/b.conf': '', 'etc/sub/c': '' };
    const context = '';
    assert.deepEqual(await look(tree, ['../etc/a.conf', '../etc/later/x'], { context }), {
      names: ['…/etc/a.conf'],
      directories: ['', '…/etc'],
    });
  });

  it('is what holds the directory, in which that has its own names', async () => {
    const tree = { 'own/a': '', 'own/deep/b': '', 'common/c': '' };
    for (const context of ['deep', undefined]) {
      const how = context === undefined ? {} : { context };
      const { names } = await look(tree, ['..'], how);
      const own = context === undefined ? ['a', 'deep', 'deep/b'] : ['a'];
      assert.deepEqual(
        names.filter(it => !it.startsWith('…')),
        own,
      );
      assert.deepEqual(
        names.filter(it => it.startsWith('…')),
        ['…', '…/common', '…/common/c'],
      );
    }
  });

  it('is never what all the rules ignore, which is not gone into', async () => {
    const tree = {
      'common/a': '',
      'common/.git/x': '',
      'common/node_modules/b/c': '',
      'common/lib/d': '',
      'common/lib/kept/e': '',
    };
    const ignore = ['node_modules/', 'lib'];
    const looked = await look(tree, [{ path: '../common', ignore }, '../common/lib/kept'], { context: '' });
    assert.deepEqual(looked, {
      names: ['…/common', '…/common/a', '…/common/lib/kept', '…/common/lib/kept/e'],
      directories: ['', '…/common', '…/common/lib', '…/common/lib/kept'],
    });
  });
});
