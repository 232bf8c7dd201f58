import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../src/core/errors.ts';
import { shellHostFiles } from '../../src/host/files/shell-host-files.ts';
import { writeScript } from '../../src/host/files/shell-scripts.ts';
import { itKeepsTheHostFilesContract } from '../support/host-files-contract.ts';
import { localCommands } from '../support/local-commands.ts';
import { shells } from '../support/local-shell.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

describe('host files over a shell', function () {
  this.timeout(60_000);

  for (const shell of shells)
    describe(`of ${shell.join(' ')}`, () => {
      itKeepsTheHostFilesContract(async () => {
        const temporary = await openTempDirectory();
        return {
          files: shellHostFiles(localCommands(shell)),
          directory: path.join(temporary.path, 'contract'),
          keepsModes: true,
          namesIn: directory => readdir(directory),
          [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
        };
      });

      it('keep the old content and leave nothing behind when a write is cut off', async () => {
        await using temporary = await openTempDirectory();
        const file = path.join(temporary.path, 'config.json');
        await writeFile(file, 'old');
        const result = await localCommands(shell).run(writeScript(file, 100, 0o644), {
          input: 'new, but not all',
        });
        assert.equal(result.status, 73);
        assert.equal(await readFile(file, 'utf8'), 'old');
        assert.deepEqual(await readdir(temporary.path), ['config.json']);
      });

      it('remove what a write of an earlier boot has left behind, and nothing of this boot', async () => {
        await using temporary = await openTempDirectory();
        const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).slice(0, 8);
        const running = `.os-write.${boot}.Abc123`;
        for (const name of ['.os-write.00000000.Abc123', running, '.os-write.note'])
          await writeFile(path.join(temporary.path, name), 'x');
        await shellHostFiles(localCommands(shell)).writeAtomically(
          path.join(temporary.path, 'config.json'),
          Buffer.from('{}'),
          { mode: 0o644 },
        );
        assert.deepEqual(
          (await readdir(temporary.path)).sort(),
          [running, '.os-write.note', 'config.json'].sort(),
        );
      });

      it('keep what each of several writers adds at the same time', async () => {
        await using temporary = await openTempDirectory();
        const file = path.join(temporary.path, 'list');
        await writeFile(file, '');
        const files = shellHostFiles(localCommands(shell));
        const add = async (line: string): Promise<void> => {
          const before = (await files.read(file)) ?? Buffer.alloc(0);
          const after = Buffer.concat([before, Buffer.from(`${line}\n`)]);
          try {
            await files.writeAtomically(file, after, { mode: 0o644, replaces: before });
          } catch (error) {
            if (!(error instanceof OsError) || error.code !== 'busy') throw error;
            await add(line);
          }
        };
        const lines = ['a', 'b', 'c', 'd', 'e'];
        await Promise.all(lines.map(add));
        const written = await readFile(file, 'utf8');
        assert.deepEqual(written.trim().split('\n').sort(), lines);
        assert.deepEqual(await readdir(temporary.path), ['list']);
      });
    });

  it('say that the device is out of space, or that it refuses, in one line that names the file', async () => {
    const answering = (stderr: string) =>
      shellHostFiles({
        run: () => Promise.resolve({ status: 1, bytes: Buffer.alloc(0), stdout: '', stderr }),
      }).writeAtomically('/mnt/boot/config.json', Buffer.from('x'), { mode: 0o644 });
    await assert.rejects(
      answering('cat: write error: No space left on device\n'),
      (error: unknown) =>
        error instanceof OsError &&
        error.exitCode === 9 &&
        error.message === 'cannot write /mnt/boot/config.json: the device is out of space',
    );
    await assert.rejects(
      answering(
        "mktemp: failed to create file via template '/mnt/boot/.os-write.XXXXXX': Read-only file system\n",
      ),
      (error: unknown) =>
        error instanceof OsError &&
        error.exitCode === 4 &&
        error.message === 'cannot write /mnt/boot/config.json: Read-only file system',
    );
  });

  it('list no temporary file of a write that goes on at the same time', async () => {
    await using temporary = await openTempDirectory();
    const directory = path.join(temporary.path, 'd');
    await mkdir(directory);
    await writeFile(path.join(directory, '.os-write.Abc123'), '');
    await writeFile(path.join(directory, 'a'), '');
    const entries = await shellHostFiles(localCommands(['sh'])).list(directory);
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['a'],
    );
  });
});
