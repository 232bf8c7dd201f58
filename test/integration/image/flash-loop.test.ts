import assert from 'node:assert/strict';
import { link, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { flashImage } from '../../../src/cli/verbs/image/flash-image.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { linuxDrives } from '../../../src/image/drives/linux-drives.ts';
import { tool } from '../../support/image/make-image.ts';
import { makeSmallImage } from '../../support/image/small-image.ts';
import { needsMachine } from '../../support/machine.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

async function openLoop(
  file: string,
  sectorBytes = 512,
): Promise<AsyncDisposable & { readonly drive: string }> {
  const drive = (await tool('losetup', ['-b', sectorBytes.toString(), '-f', '--show', file])).trim();
  return {
    drive,
    async [Symbol.asyncDispose]() {
      await tool('losetup', ['-d', drive]);
    },
  };
}

const flash = (image: string, drive: string, notes: string[] = []): Promise<void> =>
  flashImage(
    {
      drives: linuxDrives,
      clock: systemClock,
      signal: new AbortController().signal,
      report: () => undefined,
      note: text => notes.push(text),
      questions: undefined,
      sudoLine: () => 'sudo',
    },
    {
      path: image,
      drives: [drive],
      isYes: true,
      confirmed: [path.basename(drive)],
      verifies: true,
      isDelta: false,
      bmap: 'none',
    },
  );

describe('a loop device', function () {
  this.timeout(30_000);
  let image: string;
  let temporary: Awaited<ReturnType<typeof openTempDirectory>>;
  const at = (name: string): string => path.join(temporary.path, name);

  before(async function () {
    needsMachine(this);
    temporary = await openTempDirectory();
    image = await makeSmallImage(temporary.path);
  });
  after(() => temporary[Symbol.asyncDispose]());

  it('is not flashed with the image that is behind it, whatever the names of that file are', async () => {
    const before = await readFile(image);
    await link(image, at('other-name.img'));
    await using loop = await openLoop(at('other-name.img'));
    await assert.rejects(flash(image, loop.drive), /it is the image itself/);
    assert.deepEqual(await readFile(image), before);
  });

  it('is not flashed while another one has its file, under whatever name', async () => {
    await writeFile(at('card'), 'precious');
    await truncate(at('card'), 8_000_000);
    await link(at('card'), at('same-card'));
    await using loop = await openLoop(at('card'));
    {
      await using _twin = await openLoop(at('same-card'));
      await assert.rejects(flash(image, loop.drive), /another loop device of its file/);
      assert.equal((await readFile(at('card'))).toString('latin1', 0, 8), 'precious');
    }
    await flash(image, loop.drive);
  });

  it('is flashed with a warning where its sectors are not those of the table in the image', async () => {
    await writeFile(at('large-sectors'), Buffer.alloc(8 * 1024 * 1024));
    for (const sectorBytes of [512, 4096]) {
      await using loop = await openLoop(at('large-sectors'), sectorBytes);
      const notes: string[] = [];
      await flash(image, loop.drive, notes);
      const warning = `${loop.drive} has sectors of 4096 bytes, and the image is for 512`;
      assert.deepEqual(
        notes.map(note => note.split(':')[0]),
        sectorBytes === 512 ? [] : [warning],
      );
    }
  });

  it('is not flashed with an image the first copy of whose GPT is damaged, which no kernel reads by itself', async () => {
    const file = at('gpt.img');
    await tool('truncate', ['-s', '6M', file]);
    await tool('sfdisk', ['-q', file], 'label: gpt\nstart=1MiB, size=4MiB\n');
    await writeFile(at('gpt-card'), Buffer.alloc(8 * 1024 * 1024, 1));
    await using loop = await openLoop(at('gpt-card'));
    await flash(file, loop.drive);
    const bytes = await readFile(file);
    bytes.writeUInt8(bytes.readUInt8(512 + 20) ^ 1, 512 + 20);
    await writeFile(file, bytes);
    const before = await readFile(at('gpt-card'));
    await assert.rejects(flash(file, loop.drive), {
      code: 'image-invalid',
      message: /is damaged: the first copy of the GPT cannot be used: its checksum is wrong/,
    });
    assert.deepEqual(await readFile(at('gpt-card')), before);
  });
});
