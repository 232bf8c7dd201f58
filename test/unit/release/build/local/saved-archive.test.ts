import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { OsError } from '../../../../../src/core/errors.ts';
import { openSavedImage } from '../../../../../src/release/build/local/saved-archive.ts';
import { openTempDirectory } from '../../../../support/temp-directory.ts';

const long = 'blobs/sha256/'.padEnd(150, 'x');
const config = JSON.stringify({
  os: 'linux',
  architecture: 'arm',
  variant: 'v7',
  rootfs: { type: 'layers', diff_ids: ['sha256:a', 'sha256:b', 'sha256:c'] },
});

type Entries = Readonly<Record<string, string | { readonly linkTo: string }>>;

async function writeArchive(file: string, entries: Entries): Promise<void> {
  const tar = pack();
  for (const [name, content] of Object.entries(entries))
    if (typeof content === 'string') tar.entry({ name }, content);
    else tar.entry({ name, type: 'symlink', linkname: content.linkTo });
  tar.finalize();
  await writeFile(file, await buffer(tar));
}

describe('an archive of docker save', () => {
  it('is read by its manifest: names of any length, links to layers, and layers that it lacks', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'image.tar');
    await writeArchive(file, {
      'first/layer.tar': 'one',
      'second/layer.tar': { linkTo: '../first/layer.tar' },
      [long]: config,
      'manifest.json': JSON.stringify([
        { Config: long, Layers: ['first/layer.tar', 'second/layer.tar', 'third/layer.tar'] },
      ]),
    });
    await using image = await openSavedImage(file);
    assert.equal(image.id, `sha256:${createHash('sha256').update(config).digest('hex')}`);
    assert.equal(image.platform, 'linux/arm/v7');
    assert.deepEqual(
      image.layers.map(({ diffId }) => diffId),
      ['sha256:a', 'sha256:b', 'sha256:c'],
    );
    const [first, second, third] = image.layers;
    assert.ok(first?.part);
    assert.deepEqual(second?.part, first.part);
    assert.equal(third?.part, undefined);
    let content = '';
    for await (const piece of image.read(first.part)) content += piece.toString();
    assert.equal(content, 'one');
  });

  it('is refused where it is cut off, or is no image', async () => {
    await using temp = await openTempDirectory();
    const file = path.join(temp.path, 'image.tar');
    const refused = (error: unknown): boolean =>
      error instanceof OsError && error.code === 'host-unsuitable' && error.message.includes('cannot read');
    await writeArchive(file, { other: 'x' });
    await assert.rejects(openSavedImage(file), refused);
    await writeArchive(file, { 'manifest.json': '[{"Config":"c","Layers":["x"]}]', c: config });
    await assert.rejects(openSavedImage(file), refused);
    await writeFile(file, Buffer.alloc(700, 0x61));
    await assert.rejects(openSavedImage(file), refused);
  });
});
