import assert from 'node:assert/strict';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseIgnoreRules } from '../../../../src/project/context/ignore/ignore-rules.ts';
import { HostTree } from '../../../../src/sync/tree/host-tree.ts';
import { ChangedFiles } from '../../../../src/sync/watch/changed-files.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';
import { makeTree } from '../../../support/tree.ts';

/** Runs `work` as somebody who may not read what nobody may. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('a tree of which something can not be read', () => {
  it('keeps what it knows of it, and tells', async function () {
    if (process.platform === 'win32') this.skip();
    await using temp = await openTempDirectory();
    await makeTree(temp.path, { a: '1', 'b/c': '2', d: '3' });
    await chmod(temp.path, 0o755);
    const told: string[] = [];
    const tree = new HostTree(temp.path, parseIgnoreRules(''), {
      listener: {
        onDirectory: () => undefined,
        onGone: () => undefined,
        onUnreadable: (_, { message }) => told.push(message),
      },
    });
    await tree.readAll();
    const before = new Map(tree.nodes);
    const modes = (file: number, directory: number): Promise<unknown> =>
      Promise.all([chmod(path.join(temp.path, 'a'), file), chmod(path.join(temp.path, 'b'), directory)]);
    await modes(0, 0);
    assert.deepEqual([...(await asNobody(() => tree.refresh(['', 'b/c']))).keys()], []);
    assert.deepEqual([...(await asNobody(() => tree.refresh(['b/c']))).keys()], []);
    assert.deepEqual(told, [
      'cannot read a: permission denied',
      'cannot read b: permission denied',
      'cannot read b/c: permission denied',
    ]);
    assert.deepEqual(tree.nodes, before);
    await modes(0o644, 0o755);
    assert.deepEqual([...(await tree.refresh([''])).keys()], []);
  });

  it('is of one mind about what changes its kind all the time, once it is calm', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'a');
    const tree = new HostTree(temp.path, parseIgnoreRules(''));
    await tree.readAll();
    let isCalm = false;
    const change = async (): Promise<void> => {
      for (let i = 0; i < 150; i++) {
        await symlink('b', file);
        await rm(file);
        await writeFile(file, 'b');
        await rm(file);
        await mkdir(file);
        await rm(file, { recursive: true });
      }
      isCalm = true;
    };
    const look = async (): Promise<void> => {
      while (!isCalm) await tree.refresh(['', 'a']);
    };
    await Promise.all([change(), look()]);
    await writeFile(file, 'end');
    await tree.refresh(['a']);
    assert.equal(tree.nodes.get('a')?.kind, 'file');
  });
});

describe('a file that decides how an image is built', () => {
  it('has not changed while it can not be read', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'Dockerfile');
    await writeFile(file, 'one');
    const files = new ChangedFiles();
    await files.read([file]);
    await rm(file);
    await mkdir(file);
    assert.deepEqual(await files.refresh([file]), []);
    await rm(file, { recursive: true });
    await writeFile(file, 'one');
    assert.deepEqual(await files.refresh([file]), []);
    await writeFile(file, 'two');
    assert.deepEqual(await files.refresh([file]), [file]);
  });
});
