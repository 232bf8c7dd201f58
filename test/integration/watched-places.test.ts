import assert from 'node:assert/strict';
import { appendFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { readProjectFiles, watchProjectFiles } from '../../src/sync/watch/watch-project-files.ts';
import { readProject } from '../../src/project/read-project.ts';
import type { WatchRule } from '../../src/project/service.ts';
import { eventually } from '../support/eventually.ts';
import { openTempDirectory } from '../support/temp-directory.ts';
import { makeTree } from '../support/tree.ts';
import { contextIn, openWatchedContext, toldNames, watchedInodes } from '../support/watched-context.ts';

const ruleFor = (file: string): WatchRule => ({
  ...{ action: 'sync', path: file, target: '/x', exec: undefined },
  ...{ ignore: [], include: [], isSyncedAtStart: undefined },
});

describe('the files of a project itself', () => {
  it('are seen when they change, also since the project was read, and no other file is', async () => {
    await using temp = await openTempDirectory();
    const at = (...names: string[]): string => path.join(temp.path, ...names);
    const web =
      'image: a, env_file: [web.env], secrets: [key], configs: [conf], security_opt: ["seccomp=deep/profile.json"]';
    await makeTree(temp.path, {
      'compose.yaml': `services: {web: {${web}}}\nsecrets: {key: {file: ./key}}\nconfigs: {conf: {file: ./conf}}\n`,
      ...{ 'web.env': 'A=1', conf: '1', 'deep/profile.json': '{}', other: '' },
    });
    await writeFile(at('key'), Buffer.of(0xfe));
    const files = await readProjectFiles(await readProject(temp.path, { environment: {} }));
    await appendFile(at('compose.yaml'), '# edited while it was pushed\n');
    const causes: string[] = [];
    const stop = new AbortController();
    const watching = watchProjectFiles(files, { clock: systemClock, signal: stop.signal }, it =>
      causes.push(it),
    );
    const told = (name: string): Promise<void> =>
      eventually(() => assert.equal(causes.at(-1), `${name} decides what runs`));
    await told('compose.yaml');
    await writeFile(at('other'), '1');
    // Neither is text.
    await writeFile(at('key'), Buffer.of(0xff));
    await told('key');
    for (const name of ['web.env', 'conf', path.join('deep', 'profile.json')]) {
      await writeFile(at(name), '{"a":1}');
      await told(name);
    }
    assert.equal(causes.length, 5);
    stop.abort();
    await assert.rejects(watching);
  });
});

describe('what rules name', () => {
  it('is seen outside of the context: directories, files that editors replace, what comes later', async () => {
    await using temp = await openTempDirectory();
    const at = (...names: string[]): string => path.join(temp.path, ...names);
    await makeTree(temp.path, { 'own/a': '', 'common/b/c': '', 'etc/app.conf': '1', 'etc/other.conf': '1' });
    const rules = ['common', 'etc/app.conf', 'later/x'].map(it => ruleFor(at(it)));
    await using context = await openWatchedContext({ ...contextIn(at('own')), rules });
    const holds = (name: string, sizeBytes: number | undefined): Promise<void> =>
      eventually(() => {
        const node = context.watch.tree.nodes.get(at(name));
        assert.equal(node?.kind === 'file' ? node.sizeBytes : undefined, sizeBytes);
      });
    await appendFile(at('common/b/c'), '22');
    await holds('common/b/c', 2);
    for (let sizeBytes = 2; sizeBytes < 5; sizeBytes++) {
      await writeFile(at('etc/new'), 'x'.repeat(sizeBytes));
      await rename(at('etc/new'), at('etc/app.conf'));
      await holds('etc/app.conf', sizeBytes);
    }
    await makeTree(temp.path, { 'later/x/y': '333' });
    await holds('later/x/y', 3);
    // What holds them goes and comes back, as something else.
    for (const name of ['etc', 'common', 'later']) await rename(at(name), at(`${name}-away`));
    await holds('etc/app.conf', undefined);
    await holds('common/b/c', undefined);
    await makeTree(temp.path, { 'etc/app.conf': '7777777', 'common/b/c': '88888888', 'later/x/y': '1' });
    await holds('etc/app.conf', 7);
    await appendFile(at('etc/app.conf'), '7');
    await holds('etc/app.conf', 8);
    await appendFile(at('common/b/c'), '8');
    await holds('common/b/c', 9);
    await appendFile(at('later/x/y'), '1');
    await holds('later/x/y', 2);
    assert.ok(!toldNames(context).some(it => it.includes('other.conf') || it.endsWith('/new')));
    const kept = ['own', 'common', 'common/b', 'etc', 'later', 'later/x'];
    const inodes = await Promise.all(kept.map(async it => (await stat(at(it))).ino));
    assert.deepEqual([...new Set(await watchedInodes())].sort(), inodes.sort());
  });

  it('is followed where there is no context, gone and back', async () => {
    await using temp = await openTempDirectory();
    const at = (...names: string[]): string => path.join(temp.path, ...names);
    await makeTree(temp.path, { 'html/a': '1', other: '' });
    const watched = { directory: temp.path, build: undefined, rules: [ruleFor(at('html'))] };
    await using context = await openWatchedContext(watched);
    const has = (...names: string[]): Promise<void> =>
      eventually(() => assert.deepEqual([...context.watch.tree.nodes.keys()], names));
    await has('html', 'html/a');
    await rename(at('html'), at('away'));
    await has();
    await rename(at('away'), at('html'));
    await has('html', 'html/a');
    await writeFile(at('html/b'), '');
    await has('html', 'html/a', 'html/b');
  });
});
