import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { appendFile, mkdir, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type Clock } from '../../src/core/clock.ts';
import { parseIgnoreRules } from '../../src/project/context/ignore/ignore-rules.ts';
import { HostTree } from '../../src/sync/tree/host-tree.ts';
import { emptyMs } from '../../src/sync/watch/context-watch.ts';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/run.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';
import {
  contextIn,
  openWatchedContext,
  toldNames,
  watchedInodes,
  type WatchedContext,
} from '../support/watched-context.ts';

/** That the watched tree is what is on the disk. */
const isUpToDate = ({ watch }: WatchedContext): Promise<void> =>
  eventually(async () => {
    const fresh = new HostTree(watch.tree.root, parseIgnoreRules('**/.git'));
    await fresh.readAll();
    const sorted = (tree: HostTree): unknown => [...tree.nodes].sort(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(sorted(watch.tree), sorted(fresh));
  });

const git = (directory: string, ...args: string[]): Promise<string> =>
  run('git', [
    ...['-C', directory, '-c', 'user.name=A', '-c', 'user.email=a@example.org'],
    ...['-c', 'init.defaultBranch=main', '-c', 'advice.detachedHead=false', ...args],
  ]);

describe('a watched context', () => {
  it('sees what is made, changed, moved and removed, however deep and however fast', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { 'a/b/one.txt': '1', 'a/two.txt': '2', gone: null, 'old/x/y/z.txt': 'z' });
    await using context = await openWatchedContext(temp.path);
    const at = (...names: string[]): string => path.join(temp.path, ...names);
    await writeFile(at('a/b/one.txt'), 'other');
    await makeTree(temp.path, { 'new/deep/er/file.txt': 'x', 'new/deep/er/more.txt': 'y' });
    await rename(at('old'), at('young'));
    await rm(at('gone'), { recursive: true });
    await isUpToDate(context);
    // In directories that were moved, made anew, and put in each other's place.
    await appendFile(at('young/x/y/z.txt'), 'more');
    await rm(at('new'), { recursive: true });
    await makeTree(temp.path, { 'new/deep/er/file.txt': 'again' });
    await rename(at('a'), at('c'));
    await rename(at('young'), at('a'));
    await isUpToDate(context);
    await appendFile(at('a/x/y/z.txt'), 'still');
    await appendFile(at('c/b/one.txt'), 'still');
    await appendFile(at('new/deep/er/file.txt'), 'still');
    await isUpToDate(context);
  });

  it('follows a context that goes away and comes back, as another directory too', async () => {
    await using temp = await openTempDirectory();
    const root = path.join(temp.path, 'root');
    await makeTree(root, { 'a/one.txt': '1', 'b.txt': 'b' });
    await using context = await openWatchedContext(root);
    await rename(root, path.join(temp.path, 'aside'));
    await eventually(() => assert.equal(context.watch.tree.nodes.size, 0));
    await rename(path.join(temp.path, 'aside'), root);
    await isUpToDate(context);
    await rm(root, { recursive: true });
    await makeTree(root, { 'c/two.txt': '2' });
    await isUpToDate(context);
    await appendFile(path.join(root, 'c/two.txt'), 'more');
    await isUpToDate(context);
  });

  it('tells nothing of a touch, of a read, and of what is ignored', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      '.dockerignore': 'node_modules\n*.log\n',
      'a.txt': 'a',
      'b.txt': 'b',
      'node_modules/x/index.js': '',
    });
    await using context = await openWatchedContext(temp.path);
    await utimes(path.join(temp.path, 'a.txt'), 1, 1);
    await writeFile(path.join(temp.path, 'a.txt'), 'a');
    await writeFile(path.join(temp.path, 'debug.log'), 'noise');
    await writeFile(path.join(temp.path, 'node_modules/x/index.js'), 'noise');
    await sleep(100);
    await writeFile(path.join(temp.path, 'b.txt'), 'B');
    await eventually(() => assert.ok(context.batches.length > 0));
    assert.deepEqual(toldNames(context), ['b.txt']);
  });

  it('waits for what is to come where a file is emptied to be saved', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { 'a.txt': 'one' });
    const file = path.join(temp.path, 'a.txt');
    const clock: Clock = {
      nowMs: () => systemClock.nowMs(),
      async sleep(ms, signal) {
        if (ms === emptyMs) await writeFile(file, 'two');
        await systemClock.sleep(ms, signal);
      },
    };
    await using context = await openWatchedContext(temp.path, clock);
    await truncate(file);
    await eventually(() => assert.deepEqual(context.batches.length, 1));
    const node = context.watch.tree.nodes.get('a.txt');
    assert.equal(node?.kind === 'file' && node.sizeBytes, 3);
  });

  it('never goes into an ignored directory', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, {
      '.dockerignore': 'node_modules\nlib/*\n!lib/kept\n',
      'node_modules/x/index.js': '',
      '.git/objects/x': '',
      'lib/left/x.js': '',
      'lib/kept/x.js': '',
    });
    await using context = await openWatchedContext(temp.path);
    await makeTree(temp.path, { 'src/a.js': '', 'node_modules/y/z/index.js': '' });
    await eventually(() => assert.deepEqual(toldNames(context).sort(), ['src', 'src/a.js']));
    const kept = ['', 'lib', 'lib/kept', 'src'];
    const inodes = await Promise.all(kept.map(async it => (await stat(path.join(temp.path, it))).ino));
    assert.deepEqual((await watchedInodes()).sort(), inodes.sort());
  });

  it('finds everything after more news than the system keeps', async () => {
    await using temp = await openTempDirectory();
    const at = (name: string): string => path.join(temp.path, name);
    await makeTree(temp.path, { a: '', b: '' });
    await using context = await openWatchedContext(temp.path);
    // Nothing is read meanwhile, as this takes no turn of the event loop.
    for (let i = 0; i < 10_000; i++) for (const name of ['a', 'b']) appendFileSync(at(name), 'x');
    appendFileSync(at('late'), 'x');
    await isUpToDate(context);
  });

  it('tells of a directory that was away only what is different when it is back', async () => {
    await using temp = await openTempDirectory();
    const [root, elsewhere] = [path.join(temp.path, 'root'), path.join(temp.path, 'elsewhere')];
    const files = { Dockerfile: '', '.dockerignore': 'x\n', 'a.txt': 'a', 'b.txt': 'b', 'c/d.txt': 'd' };
    await makeTree(root, files);
    await using context = await openWatchedContext(contextIn(root, path.join(root, 'Dockerfile')));
    await rename(root, elsewhere);
    await eventually(() => assert.equal(context.timesAway(), 1));
    await writeFile(path.join(elsewhere, 'b.txt'), 'B');
    await rm(path.join(elsewhere, 'c'), { recursive: true });
    await rename(elsewhere, root);
    await eventually(() => assert.deepEqual(toldNames(context).sort(), ['b.txt', 'c', 'c/d.txt']));
    await writeFile(path.join(root, 'a.txt'), 'A');
    await isUpToDate(context);
  });

  it('names what decides how the image is built as it names everything else', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { 'docker/Dockerfile': 'one', 'a.txt': 'a' });
    const dockerfile = path.join(temp.path, 'docker/Dockerfile');
    await using context = await openWatchedContext(contextIn(temp.path, dockerfile));
    await writeFile(dockerfile, 'two');
    await eventually(() => assert.deepEqual(toldNames(context), ['docker/Dockerfile']));
  });

  for (const where of ['the repository', 'a directory of it', 'a work tree of it'])
    it(`tells of a checkout once, when git is through with it, in ${where}`, async () => {
      await using temp = await openTempDirectory();
      const repository = path.join(temp.path, 'repository');
      const context = { 'the repository': '', 'a directory of it': 'app' }[where] ?? '../tree';
      await mkdir(repository);
      await git(repository, 'init', '-q');
      // Each of the files takes git longer than a batch is open.
      await git(repository, 'config', 'filter.slow.smudge', 'sleep 0.2; cat');
      await makeTree(repository, { '.gitattributes': 'slow* filter=slow\n', 'app/a': 'old' });
      await git(repository, 'add', '-A');
      await git(repository, 'commit', '-qm', 'old');
      await makeTree(repository, { 'app/a': 'new', 'app/slow1': '1', 'app/slow2': '2', 'app/slow3': '3' });
      await git(repository, 'checkout', '-q', '-b', 'new');
      await git(repository, 'add', '-A');
      await git(repository, 'commit', '-qm', 'new');
      await git(repository, 'checkout', '-q', 'main');
      if (where === 'a work tree of it')
        await git(repository, 'worktree', 'add', '-q', '--detach', '../tree');
      const directory = path.join(repository, context);
      await using watched = await openWatchedContext(directory);
      await git(directory, 'checkout', '-q', '--detach', 'new');
      await isUpToDate(watched);
      await eventually(() => assert.equal(watched.batches.length, 1));
      assert.equal(watched.batches[0]?.size, 4);
    });

  it('does not wait for a lock that a killed git has left behind', async () => {
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { '.git/index.lock': '', 'a.txt': '' });
    const longAgo = Date.now() / 1000 - 60;
    await utimes(path.join(temp.path, '.git/index.lock'), longAgo, longAgo);
    await using context = await openWatchedContext(temp.path);
    await writeFile(path.join(temp.path, 'a.txt'), 'a');
    await eventually(() => assert.equal(context.batches.length, 1));
  });

  it('at the system’s limit says which setting to raise, and goes on by looking again and again', async function () {
    const canLimit = await run('unshare', ['-Ur', 'test', '-w', '/proc/sys/user/max_inotify_watches']).then(
      () => true,
      () => false,
    );
    if (!canLimit) this.skip();
    await using temp = await openTempDirectory();
    for (let i = 0; i < 30; i++) await makeTree(temp.path, { [`d${i.toString()}/file`]: '' });
    const program = path.join(import.meta.dirname, '../support/report-changes.ts');
    const child = spawn(
      'unshare',
      [
        ...['-Ur', 'sh', '-c', 'echo 10 >/proc/sys/user/max_inotify_watches; exec "$@"', 'sh'],
        ...[process.execPath, '--import=tsx', program, temp.path],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const next = async (): Promise<string[]> =>
        JSON.parse((await lines.next()).value as string) as string[];
      const [type, message = ''] = await next();
      assert.equal(type, 'warning');
      assert.match(message, /sudo sysctl fs\.inotify\.max_user_watches=\d+/);
      assert.deepEqual(await next(), ['ready']);
      await writeFile(path.join(temp.path, 'd29/file'), 'x');
      assert.deepEqual(await next(), ['changed', 'd29/file']);
    } finally {
      child.kill();
      await once(child, 'close');
    }
  });
});
