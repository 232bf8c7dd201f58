import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeCopy } from '../../../../src/image/configure/write-copy.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

const { signal } = new AbortController();
const mebibyte = 1024 * 1024;

describe('writeCopy', () => {
  let temporary: Awaited<ReturnType<typeof openTempDirectory>>;
  const at = (name: string): string => path.join(temporary.path, name);
  beforeEach(async () => (temporary = await openTempDirectory()));
  afterEach(() => temporary[Symbol.asyncDispose]());

  async function* partsOf(...parts: readonly Buffer[]): AsyncGenerator<Buffer> {
    for (const part of parts) yield await Promise.resolve(part);
  }
  const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

  it('writes what the stream gives, patched, and leaves the parts of the stream alone', async () => {
    const parts = [Buffer.from('abcd'), Buffer.from('efgh')];
    const patches = [{ offset: 2, bytes: Buffer.from('XYZ') }];
    assert.equal(await writeCopy(partsOf(...parts), at('copy'), patches, signal), 8);
    assert.equal(await readFile(at('copy'), 'utf8'), 'abXYZfgh');
    assert.equal(Buffer.concat(parts).toString(), 'abcdefgh');
  });

  it('gives stretches of zeros no space, at the end too', async () => {
    const text = Buffer.from('content');
    const sizeBytes = await writeCopy(
      partsOf(Buffer.alloc(8 * mebibyte), text, Buffer.alloc(8 * mebibyte)),
      at('copy'),
      [],
      signal,
    );
    const { size, blocks } = await stat(at('copy'));
    assert.equal(size, sizeBytes);
    assert.equal(size, 16 * mebibyte + text.length);
    assert.ok(blocks * 512 <= mebibyte, `${(blocks * 512).toString()} bytes are allocated`);
    const copied = await readFile(at('copy'));
    assert.equal(copied.indexOf(text), 8 * mebibyte);
    assert.ok(copied.subarray(8 * mebibyte + text.length).every(byte => byte === 0));
  });

  it('lets nobody but the owner read a copy, since it can hold a passphrase', async () => {
    await writeCopy(partsOf(Buffer.from('image')), at('copy'), [], signal);
    assert.equal(await modeOf(at('copy')), 0o600);
  });

  it('keeps the mode of a file that it replaces', async () => {
    await writeFile(at('copy'), 'former');
    await chmod(at('copy'), 0o664);
    await writeCopy(partsOf(Buffer.from('image')), at('copy'), [], signal);
    assert.equal(await modeOf(at('copy')), 0o664);
    assert.equal(await readFile(at('copy'), 'utf8'), 'image');
  });

  it('leaves a former file as it was, and nothing beside it, where the stream fails', async () => {
    await writeFile(at('copy'), 'former');
    async function* broken(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.from('im'));
      throw new Error('the source is damaged');
    }
    await assert.rejects(writeCopy(broken(), at('copy'), [], signal), /the source is damaged/);
    assert.equal(await readFile(at('copy'), 'utf8'), 'former');
    assert.deepEqual(await readdir(temporary.path), ['copy']);
  });
});
