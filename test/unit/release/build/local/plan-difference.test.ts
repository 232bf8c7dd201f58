import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { planDifference } from '../../../../../src/release/build/local/plan-difference.ts';
import { openSavedImage } from '../../../../../src/release/build/local/saved-archive.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';

interface Member {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'link';
  readonly linkname?: string;
  readonly mode?: number;
  readonly content?: string;
}

const file = (name: string, content: string): Member => ({ name, type: 'file', content });
const directory = (name: string): Member => ({ name, type: 'directory' });

async function tarOf(members: readonly Member[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of members) tar.entry({ mtime: new Date(0), ...header }, content);
  tar.finalize();
  return buffer(tar);
}

async function writeImage(archive: string, layers: readonly (readonly Member[])[]): Promise<void> {
  const tars = await Promise.all(layers.map(tarOf));
  const names = layers.map((_, i) => `${i.toString()}.tar`);
  const diff_ids = layers.map(layer => JSON.stringify(layer));
  const tar = pack();
  for (const [i, name] of names.entries()) tar.entry({ name }, tars[i] ?? Buffer.alloc(0));
  tar.entry({ name: 'c' }, JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids } }));
  tar.entry({ name: 'manifest.json' }, JSON.stringify([{ Config: 'c', Layers: names }]));
  tar.finalize();
  await writeFile(archive, await buffer(tar));
}

/** The names that the layer writes and removes; undefined where the image has to be sent by its layers. */
async function plan(
  base: readonly Member[],
  before: readonly Member[],
  now: readonly Member[],
): Promise<{ written: string[]; removed: readonly string[] } | undefined> {
  await using temp = await openTempDirectory();
  const [former, latter] = [path.join(temp.path, 'former.tar'), path.join(temp.path, 'now.tar')];
  await writeImage(former, [base, before]);
  await writeImage(latter, [base, now]);
  await using formerImage = await openSavedImage(former);
  await using image = await openSavedImage(latter);
  const difference = await planDifference(formerImage, image);
  return difference && { written: difference.written.map(({ name }) => name), removed: difference.removed };
}

const base = [directory('etc/'), file('etc/passwd', 'root')];
const data = [directory('data/'), directory('data/sub/'), file('data/sub/a', '1'), file('data/z', 'z')];

describe('the difference between two images', () => {
  it('is the files that changed, with the directories above them, and the names that are gone', async () => {
    const now = [directory('data/'), directory('data/sub/'), file('data/sub/a', '2'), file('data/new', 'n')];
    assert.deepEqual(await plan(base, data, now), {
      written: ['data', 'data/new', 'data/sub', 'data/sub/a'],
      removed: ['data/z'],
    });
  });

  it('names a directory that is gone, and nothing in it', async () => {
    const now = [directory('data/'), file('data/z', 'z')];
    assert.deepEqual(await plan(base, data, now), { written: ['data'], removed: ['data/sub'] });
  });

  it('has a file of which only the mode changed', async () => {
    const now = data.map(it => (it.name === 'data/z' ? { ...it, mode: 0o755 } : it));
    assert.deepEqual(await plan(base, data, now), { written: ['data', 'data/z'], removed: [] });
  });

  it('is not taken where it is not certain', async () => {
    const link: Member = { name: 'data/h', type: 'link', linkname: 'data/z' };
    const cases: Readonly<Record<string, readonly [readonly Member[], readonly Member[]]>> = {
      'a hard link to a file that changed': [
        [...data, link],
        [...data.slice(0, -1), file('data/z', 'y'), link],
      ],
      'a file that became a directory': [data, [...data.slice(0, -1), directory('data/z/')]],
      'a name that is gone and that a layer below has': [
        [directory('etc/'), file('etc/passwd', 'us')],
        [directory('etc/')],
      ],
      'a layer that removes files itself': [data, [...data, file('etc/.wh.passwd', '')]],
      'a directory whose mode is not in the layer': [data, [...data, file('other/x', 'x')]],
    };
    for (const [what, [before, now]] of Object.entries(cases))
      assert.equal(await plan(base, before, now), undefined, what);
  });
});
