import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeImage, tool, type MadeImage } from '../support/image/make-image.ts';
import { needsMachine } from '../support/machine.ts';
import { runOs, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly exitCode: number };
}

describe('os image flash', function () {
  this.timeout(180_000);
  let directory: Awaited<ReturnType<typeof openTempDirectory>>;
  let image: MadeImage;
  let drive: string;

  before(async function () {
    needsMachine(this);
    directory = await openTempDirectory();
    image = await makeImage(directory.path, { bootMiB: 4, dataMiB: 4, fat: ['-F', '16', '-s', '1'] });
    const backing = path.join(directory.path, 'card');
    await tool('truncate', ['-s', '400M', backing]);
    drive = (await tool('losetup', ['-f', '--show', backing])).trim();
  });
  after(async () => {
    await tool('losetup', ['-d', drive]);
    await directory[Symbol.asyncDispose]();
  });

  const confirmed = (): readonly string[] => ['--drive', drive, '--confirm', path.basename(drive), '--json'];
  const flash = (file: string, options: Parameters<typeof runOs>[1] = {}): Promise<Ended> =>
    runOs(['image', 'flash', file, ...confirmed()], options);
  const failureOf = ({ stdout }: Ended): Failure['error'] =>
    (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Failure).error;

  it('ends with status 7 for a damaged image, although all else went well', async () => {
    await tool('gzip', ['-k', '-1', image.path]);
    const bytes = await readFile(`${image.path}.gz`);
    const damaged = path.join(directory.path, 'damaged.gz');
    await writeFile(damaged, bytes.subarray(0, bytes.length - 4));
    const ended = await flash(damaged);
    assert.equal(ended.code, 7, ended.stdout);
    assert.equal(failureOf(ended).exitCode, 7);
  });

  it('stopped by Ctrl-C ends with status 130 and leaves a card that says so at the next inspect', async () => {
    const large = path.join(directory.path, 'large.img');
    await tool('cp', ['--sparse=always', image.path, large]);
    await tool('truncate', ['-s', '380M', large]);
    const ended = await flash(large, {
      onAnswer: kill => {
        kill('SIGINT');
      },
    });
    assert.equal(ended.code, 130, ended.stdout);
    assert.match(ended.stderr, /unfinished/);
    const inspected = await runOs(['image', 'inspect', drive, '--json']);
    assert.equal(inspected.code, 7);
    assert.match(failureOf(inspected).message, /an unfinished flash/);
    // Flashing it again is all that is needed.
    assert.equal((await flash(image.path)).code, 0);
    assert.equal((await runOs(['image', 'inspect', drive, '--json'])).code, 0);
  });

  it('refuses a drive of this system, a mounted one and a partition before anything is opened for writing', async () => {
    const source = (await tool('findmnt', ['-n', '-o', 'SOURCE', '-T', '/'])).trim();
    if (source.startsWith('/dev/')) {
      const ended = await runOs(['image', 'flash', image.path, '--drive', source, '--yes', '--json']);
      assert.equal(ended.code, 2, ended.stdout);
    }
    await tool('mkfs.ext4', ['-q', '-F', drive]);
    const mounted = path.join(directory.path, 'mounted');
    await tool('mkdir', [mounted]);
    await tool('mount', [drive, mounted]);
    try {
      await writeFile(path.join(mounted, 'mine'), 'precious');
      const ended = await flash(image.path);
      assert.equal(ended.code, 2, ended.stdout);
      assert.match(failureOf(ended).message, /is mounted from it/);
      assert.equal(await readFile(path.join(mounted, 'mine'), 'utf8'), 'precious');
    } finally {
      await tool('umount', [mounted]);
    }
  });
});
