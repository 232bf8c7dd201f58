import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openProjectMemory, type MemoryKey } from '../../../../../src/cli/verbs/project/project-memory.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';

const key: MemoryKey = { directory: '/shop', project: 'shop', engineId: 'ENGINE', address: '10.0.0.5' };
const context = { context: 'c1', entries: new Map([['a', '1']]) };
const settled = JSON.stringify(['/shop/a', 1, 5, 1000, 420, false]);

describe('the memory of a project', () => {
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  const before = process.env['XDG_CACHE_HOME'];
  beforeEach(async () => {
    home = await openTempDirectory();
    process.env['XDG_CACHE_HOME'] = home.path;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
    await home[Symbol.asyncDispose]();
  });

  it('is found again when the device has another address, and not for another device', async () => {
    const memory = await openProjectMemory(key);
    memory.keepContext('web', context);
    memory.set(settled, 'digest');
    await memory.save();
    const moved = await openProjectMemory({ ...key, address: '10.0.0.9' });
    assert.deepEqual(moved.findContext('web')?.entries, context.entries);
    assert.equal(moved.get(settled), 'digest');
    const other = await openProjectMemory({ ...key, engineId: 'OTHER' });
    assert.equal(other.findContext('web'), undefined);
  });

  it('keeps what two processes learn at the same time', async () => {
    const [push, live] = await Promise.all([openProjectMemory(key), openProjectMemory(key)]);
    push.keepContext('web', context);
    live.keepSynced('web', ['b', 'a']);
    const pending = { container: 'one', restarts: true, commands: ['c1'] };
    live.keepPending('web', pending);
    await Promise.all([push.save(), live.save()]);
    const memory = await openProjectMemory(key);
    assert.deepEqual(memory.findSynced('web'), ['a', 'b']);
    assert.deepEqual(memory.findPending('web'), pending);
    memory.keepPending('web', undefined);
    await memory.save();
    assert.equal((await openProjectMemory(key)).findPending('web'), undefined);
    assert.equal(memory.findContext('web')?.context, 'c1');
  });

  it('begins anew where a file is cut off, or has other things in it', async () => {
    const fileOf = (folder: string, ...words: string[]): string => {
      const name = createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 32);
      return path.join(home.path, 'os-cli', folder, `${name}.json`);
    };
    const stored = fileOf('projects', key.directory, key.project, key.engineId);
    const former = fileOf('live', key.directory, key.project, key.address);
    const all = ['digests', 'contexts', 'builds', 'sent', 'synced', 'pending'];
    const odd = [null, 5, 'text', [1]].map(it =>
      JSON.stringify(Object.fromEntries(all.map(name => [name, it]))),
    );
    for (const file of [stored, former]) {
      await mkdir(path.dirname(file), { recursive: true });
      for (const text of ['{"web":["x', 'null', '5', '[]', ...odd]) {
        await writeFile(file, text);
        const memory = await openProjectMemory(key);
        assert.deepEqual(memory.findSynced('web'), []);
        assert.equal(memory.get(settled), undefined);
        assert.equal(
          memory.findBuild('web') ?? memory.findSent('web') ?? memory.findPending('web'),
          undefined,
        );
        memory.keepContext('web', context);
        await memory.save();
        assert.equal((await openProjectMemory(key)).findContext('web')?.context, 'c1');
        await rm(stored, { force: true });
      }
      await rm(file, { force: true });
    }
  });

  it('takes over the files that earlier releases kept by address, once', async () => {
    const old = (folder: string): string => {
      const text = JSON.stringify([key.directory, key.project, key.address]);
      const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
      return path.join(home.path, 'os-cli', folder, `${name}.json`);
    };
    for (const folder of ['push', 'live']) await mkdir(path.dirname(old(folder)), { recursive: true });
    const contexts = { web: { context: 'c1', entries: [['a', '1']] } };
    await writeFile(old('push'), JSON.stringify({ digests: {}, contexts, builds: {} }));
    await writeFile(old('live'), JSON.stringify({ web: ['x'] }));
    await openProjectMemory(key);
    assert.ok(!existsSync(old('push')) && !existsSync(old('live')));
    const memory = await openProjectMemory(key);
    assert.equal(memory.findContext('web')?.context, 'c1');
    assert.deepEqual(memory.findSynced('web'), ['x']);
  });

  it('starts empty when its file is no JSON', async () => {
    const memory = await openProjectMemory(key);
    memory.keepContext('web', context);
    await memory.save();
    const folder = path.join(home.path, 'os-cli', 'projects');
    const [file = ''] = await readdir(folder);
    await writeFile(path.join(folder, file), '{"contexts": {');
    assert.equal((await openProjectMemory(key)).findContext('web'), undefined);
  });
});
