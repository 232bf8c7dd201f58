/** What every implementation of the HostFiles port keeps, as tests: each implementation's own test file calls this. */
import assert from 'node:assert/strict';
import { OsError } from '../../src/core/errors.ts';
import type { HostFiles } from '../../src/host/host-files.ts';

export interface HostFilesUnderTest extends AsyncDisposable {
  readonly files: HostFiles;
  /** An empty directory that exists or can be made, e.g. `/mnt/boot/contract`. */
  readonly directory: string;
  /** True where the file system keeps permission bits (not FAT). */
  readonly keepsModes: boolean;
  /** Every name in a directory, hidden ones too, read past the implementation; undefined where that cannot be had. */
  readonly namesIn?: (directory: string) => Promise<readonly string[]>;
}

const isRefused = (error: unknown): boolean => error instanceof OsError && error.code === 'host-refused';

/** Declares the contract's tests inside the current mocha group. `open` is called once for each test. */
export function itKeepsTheHostFilesContract(open: () => Promise<HostFilesUnderTest>): void {
  const text = (value: Buffer | undefined): string | undefined => value?.toString('utf8');
  const write = (files: HostFiles, file: string, content: string | Uint8Array, mode = 0o644): Promise<void> =>
    files.writeAtomically(file, Buffer.from(content), { mode });

  it('says undefined, false and an empty list for what does not exist', async () => {
    await using under = await open();
    const { files, directory } = under;
    assert.equal(await files.read(`${directory}/missing`), undefined);
    assert.equal(await files.stat(`${directory}/missing`), undefined);
    assert.equal(await files.remove(`${directory}/missing`), false);
    assert.deepEqual(await files.list(`${directory}/missing`), []);
  });

  it('reads back exactly the bytes that were written, also none and all 256', async () => {
    await using under = await open();
    const { files, directory } = under;
    const everyByte = Uint8Array.from({ length: 100_003 }, (_, index) => index % 256);
    for (const content of ['', '{"a": 1}', 'no newline at the end', '\r\n\0\x1b[31m', everyByte]) {
      await write(files, `${directory}/file`, content);
      assert.deepEqual(await files.read(`${directory}/file`), Buffer.from(content));
      assert.equal((await files.stat(`${directory}/file`))?.sizeBytes, Buffer.from(content).length);
    }
  });

  it('replaces a longer file by a shorter one without a rest of the old', async () => {
    await using under = await open();
    const { files, directory } = under;
    await write(files, `${directory}/config.json`, 'x'.repeat(50_000));
    await write(files, `${directory}/config.json`, 'short');
    assert.equal(text(await files.read(`${directory}/config.json`)), 'short');
  });

  it('writes over the content that the caller knows and no other', async () => {
    await using under = await open();
    const { files, directory } = under;
    const file = `${directory}/config.json`;
    const options = { mode: 0o644, replaces: Buffer.from('old') };
    await assert.rejects(files.writeAtomically(file, Buffer.from('new'), options), { code: 'busy' });
    await write(files, file, 'of somebody else');
    await assert.rejects(files.writeAtomically(file, Buffer.from('new'), options), {
      code: 'busy',
      message: `${file} was changed by somebody else in the meantime`,
    });
    assert.equal(text(await files.read(file)), 'of somebody else');
    await write(files, file, 'old');
    await files.writeAtomically(file, Buffer.from('new'), options);
    assert.equal(text(await files.read(file)), 'new');
  });

  it('makes the directories that are missing above a new file', async () => {
    await using under = await open();
    const { files, directory } = under;
    await write(files, `${directory}/system-connections/office-lan`, 'x');
    assert.equal((await files.stat(`${directory}/system-connections`))?.kind, 'directory');
    assert.equal(text(await files.read(`${directory}/system-connections/office-lan`)), 'x');
  });

  it('lists names in byte order with kind and size', async () => {
    await using under = await open();
    const { files, directory } = under;
    await write(files, `${directory}/b.txt`, 'four');
    await write(files, `${directory}/A long name with blanks.txt`, '');
    await write(files, `${directory}/a`, '1');
    await write(files, `${directory}/sub/inner`, '1');
    assert.deepEqual(await files.list(directory), [
      { name: 'A long name with blanks.txt', kind: 'file', sizeBytes: 0 },
      { name: 'a', kind: 'file', sizeBytes: 1 },
      { name: 'b.txt', kind: 'file', sizeBytes: 4 },
      { name: 'sub', kind: 'directory', sizeBytes: 0 },
    ]);
  });

  it('keeps names with quotes, dollars, backslash-free punctuation and letters of other alphabets', async () => {
    await using under = await open();
    const { files, directory } = under;
    for (const name of ["it's $HOME; `id`", '-rf', 'Büro (5 GHz)', 'カフェ', 'a'.repeat(100)]) {
      await write(files, `${directory}/${name}`, name);
      assert.equal(text(await files.read(`${directory}/${name}`)), name);
      assert.ok(
        (await files.list(directory)).some(entry => entry.name === name),
        name,
      );
      assert.equal(await files.remove(`${directory}/${name}`), true);
    }
    assert.deepEqual(await files.list(directory), []);
  });

  it('gives a file the mode it was written with, also when it replaces one with another mode', async () => {
    await using under = await open();
    const { files, directory, keepsModes } = under;
    await write(files, `${directory}/secret`, 'a', 0o644);
    await write(files, `${directory}/secret`, 'b', 0o600);
    const stat = await files.stat(`${directory}/secret`);
    assert.equal(stat?.kind, 'file');
    if (keepsModes) assert.equal(stat.mode, 0o600);
  });

  it('removes one file and leaves its neighbours', async () => {
    await using under = await open();
    const { files, directory } = under;
    await write(files, `${directory}/office`, 'a');
    await write(files, `${directory}/office-2`, 'b');
    assert.equal(await files.remove(`${directory}/office`), true);
    assert.equal(await files.read(`${directory}/office`), undefined);
    assert.equal(text(await files.read(`${directory}/office-2`)), 'b');
  });

  it('refuses a directory where a file is meant, and removes none', async () => {
    await using under = await open();
    const { files, directory } = under;
    await write(files, `${directory}/sub/inner`, 'kept');
    await assert.rejects(files.read(`${directory}/sub`), isRefused);
    await assert.rejects(files.remove(`${directory}/sub`), isRefused);
    await assert.rejects(write(files, `${directory}/sub`, 'x'), isRefused);
    await assert.rejects(write(files, `${directory}/sub/inner/below`, 'x'), isRefused);
    assert.equal(text(await files.read(`${directory}/sub/inner`)), 'kept');
  });

  it('leaves no temporary file behind, whether a write succeeds or is refused', async () => {
    await using under = await open();
    const { files, directory, namesIn } = under;
    await write(files, `${directory}/sub/inner`, 'kept');
    await write(files, `${directory}/file`, 'x');
    await assert.rejects(write(files, `${directory}/sub`, 'x'), isRefused);
    const names = await (namesIn ?? (async within => (await files.list(within)).map(({ name }) => name)))(
      directory,
    );
    assert.deepEqual([...names].sort(), ['file', 'sub']);
  });

  it('does nothing once its signal is aborted, and rejects with the reason of the signal', async () => {
    await using under = await open();
    const { files, directory } = under;
    const reason = new OsError('interrupted', 'interrupted');
    const options = { signal: AbortSignal.abort(reason), mode: 0o644 };
    await assert.rejects(files.writeAtomically(`${directory}/file`, Buffer.from('x'), options), reason);
    assert.equal(await files.read(`${directory}/file`), undefined);
    await assert.rejects(files.read(`${directory}/file`, options), reason);
  });

  it('takes a path that is not absolute and normalised for a defect', async () => {
    await using under = await open();
    const { files, directory } = under;
    for (const file of ['config.json', `${directory}/../x`, `${directory}//x`, `${directory}/x/`])
      await assert.rejects(files.read(file), TypeError);
  });
}
