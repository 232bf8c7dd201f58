import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { appendFile, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { configureImage } from '../../../src/cli/verbs/image/configure-image.ts';
import { readConfiguration } from '../../../src/cli/verbs/image/read-configuration.ts';
import { openImage } from '../../../src/image/formats/open-image.ts';
import { makeSmallImage } from '../../support/image/small-image.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const { signal } = new AbortController();
const dependencies = { signal, now: () => new Date(2024, 4, 6, 7, 8, 10) };
const isChanged = { code: 'image-invalid', message: /has changed while it was read/ };

describe('an image that changes while it is read', function () {
  this.timeout(30_000);
  let directory: string;
  let temporary: Awaited<ReturnType<typeof openTempDirectory>>;
  const at = (name: string): string => path.join(directory, name);

  beforeEach(async () => {
    temporary = await openTempDirectory();
    directory = temporary.path;
  });
  afterEach(() => temporary[Symbol.asyncDispose]());

  it('becomes no configured copy, which would be half of each', async () => {
    const image = await makeSmallImage(directory);
    const before = await readdir(directory);
    const onPlanned = (): void => {
      const other = openSync(image, 'r+');
      writeSync(other, Buffer.alloc(512, 7), 0, 512, 1024 * 1024);
      closeSync(other);
    };
    const configuration = await readConfiguration({ hostname: 'kitchen' });
    const request = { path: image, out: at('kitchen.img'), configuration };
    await assert.rejects(configureImage({ ...dependencies, onPlanned }, request), isChanged);
    assert.deepEqual(await readdir(directory), before);
  });

  for (const [format, content] of [
    ['raw', Buffer.alloc(3_000_000, 7)],
    ['gzip', gzipSync(Buffer.alloc(3_000_000, 7))],
  ] as const)
    it(`ends its stream with an error as a ${format} file, whether it is written to or replaced`, async () => {
      const image = at('os.img');
      const read = async (change: () => Promise<unknown>): Promise<number> => {
        await writeFile(image, content);
        await utimes(image, 1e9, 1e9);
        const source = await openImage(image);
        assert.equal(source.format, format);
        await change();
        let sizeBytes = 0;
        for await (const part of source.stream({ signal })) sizeBytes += part.length;
        return sizeBytes;
      };
      assert.equal(await read(() => readFile(image)), 3_000_000);
      await assert.rejects(
        read(() => writeFile(image, content, { flag: 'r+' })),
        isChanged,
      );
      await assert.rejects(
        read(async () => {
          await writeFile(at('other.img'), content);
          await utimes(at('other.img'), 1e9, 1e9);
          await rename(at('other.img'), image);
        }),
        isChanged,
      );
      if (format === 'raw')
        await assert.rejects(
          read(() => appendFile(image, 'x')),
          isChanged,
        );
    });
});
