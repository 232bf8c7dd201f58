import assert from 'node:assert/strict';
import { link, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configureEach } from '../../../src/cli/verbs/image/configure-each.ts';
import { configureImage } from '../../../src/cli/verbs/image/configure-image.ts';
import { readConfiguration } from '../../../src/cli/verbs/image/read-configuration.ts';
import { OsError } from '../../../src/core/errors.ts';
import { makeSmallImage } from '../../support/image/small-image.ts';
import { tool } from '../../support/image/make-image.ts';
import { needsMachine } from '../../support/machine.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const { signal } = new AbortController();
const dependencies = { signal, now: () => new Date(2024, 4, 6, 7, 8, 10) };

describe('a configured copy of an image', function () {
  this.timeout(30_000);
  let directory: string;
  let image: string;
  let temporary: Awaited<ReturnType<typeof openTempDirectory>>;
  const at = (name: string): string => path.join(directory, name);

  before(async () => {
    temporary = await openTempDirectory();
    directory = temporary.path;
    image = await makeSmallImage(directory);
  });
  after(() => temporary[Symbol.asyncDispose]());

  const write = async (out: string): Promise<unknown> =>
    configureImage(dependencies, {
      ...{ path: image, out, configuration: await readConfiguration({ hostname: 'kitchen' }) },
    });
  /** Expects that nothing is written to `out`, nor beside it. */
  const isRefused = async (out: string, hint: RegExp): Promise<void> => {
    const before = await readdir(path.dirname(out));
    await assert.rejects(write(out), (error: unknown) => {
      assert.ok(error instanceof OsError);
      assert.equal(error.code, 'usage');
      assert.match(error.hint ?? '', hint);
      return true;
    });
    assert.deepEqual(await readdir(path.dirname(out)), before);
  };

  it('is written to a new file, or replaces one', async () => {
    await write(at('kitchen.img'));
    await writeFile(at('former.img'), 'former');
    await write(at('former.img'));
    assert.deepEqual(await readFile(at('former.img')), await readFile(at('kitchen.img')));
  });

  it('never takes the place of a drive: that is what a flash is for', async function () {
    needsMachine(this);
    const node = at('sdb');
    await tool('mknod', [node, 'b', '7', '250']);
    await isRefused(node, /os image flash/);
    assert.ok((await lstat(node)).isBlockDevice());
    await symlink(node, at('by-id'));
    await isRefused(at('by-id'), /os image flash/);
  });

  it('never takes the place of a link, a directory or a pipe', async () => {
    await writeFile(at('target'), 'precious');
    await symlink(at('target'), at('link'));
    await symlink(at('nothing'), at('dangling'));
    await mkdir(at('folder'));
    await tool('mkfifo', [at('pipe')]);
    for (const name of ['link', 'dangling', 'folder', 'pipe']) await isRefused(at(name), /name a new file/);
    assert.equal(await readlink(at('link')), at('target'));
    assert.equal(await readFile(at('target'), 'utf8'), 'precious');
  });

  it('never takes the place of the image itself, under any name of it', async () => {
    const before = await readFile(image);
    await isRefused(image, /name a new file/);
    await link(image, at('other-name.img'));
    await isRefused(at('other-name.img'), /name a new file/);
    const list = at('named-like-it.csv');
    await writeFile(list, 'hostname\nhall\nos\n');
    const each = configureEach(dependencies, { path: image, list, out: at('{hostname}.img'), common: {} });
    await assert.rejects(each, { code: 'usage', message: /is the image itself/ });
    assert.deepEqual(await readFile(image), before);
  });

  it('is refused before any is written, where one device of a list has such a place', async () => {
    const list = at('devices.csv');
    await writeFile(list, 'hostname\nhall\nlinked\n');
    await symlink(at('target'), at('linked.img'));
    const each = configureEach(dependencies, { path: image, list, out: at('{hostname}.img'), common: {} });
    await assert.rejects(each, { code: 'usage' });
    assert.ok(!(await readdir(directory)).includes('hall.img'));
  });
});
