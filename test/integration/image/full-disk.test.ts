import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configureImage } from '../../../src/cli/verbs/image/configure-image.ts';
import { readConfiguration } from '../../../src/cli/verbs/image/read-configuration.ts';
import { OsError } from '../../../src/core/errors.ts';
import { inspect } from '../../support/image/compressed-images.ts';
import { tool } from '../../support/image/make-image.ts';
import { makeSmallImage } from '../../support/image/small-image.ts';
import { needsMachine } from '../../support/machine.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

const { signal } = new AbortController();
const dependencies = { signal, now: () => new Date(2024, 4, 6, 7, 8, 10) };
const KiB = 1024;

describe('an image on a disk that is full or read-only', function () {
  this.timeout(60_000);
  let image: string;
  let disk: string;
  let temporary: Awaited<ReturnType<typeof openTempDirectory>>;

  before(async function () {
    needsMachine(this);
    temporary = await openTempDirectory();
    image = await makeSmallImage(temporary.path);
    disk = path.join(temporary.path, 'disk');
    await mkdir(disk);
    await tool('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', disk]);
  });
  after(async () => {
    await tool('umount', ['-l', disk]);
    await temporary[Symbol.asyncDispose]();
  });

  /** Copies the image to the disk, with its holes, and leaves `freeBytes` there. */
  async function putImage(freeBytes: number): Promise<string> {
    const copy = path.join(disk, 'os.img');
    await tool('sh', ['-c', `rm -f ${disk}/*; cp --sparse=always ${image} ${copy}`]);
    const { bavail, bsize } = JSON.parse(
      await tool('stat', ['-f', '-c', '{"bavail":%a,"bsize":%s}', disk]),
    ) as {
      readonly bavail: number;
      readonly bsize: number;
    };
    await writeFile(path.join(disk, 'ballast'), Buffer.alloc(bavail * bsize - freeBytes, 1));
    return copy;
  }
  const configure = async (file: string, out?: string): Promise<unknown> =>
    configureImage(dependencies, {
      path: file,
      out,
      configuration: await readConfiguration({
        hostname: 'kitchen',
        connections: [path.join(temporary.path, 'large.nmconnection')],
      }),
    });

  it('has its old files or all new ones, whatever room is left, and nothing is left beside it', async () => {
    const connection = `[connection]\nid=large\ntype=ethernet\n# ${'x'.repeat(40 * KiB)}\n`;
    await writeFile(path.join(temporary.path, 'large.nmconnection'), connection);
    let isDone = false;
    for (let freeBytes = 0; !isDone; freeBytes += 4 * KiB) {
      const copy = await putImage(freeBytes);
      const failure = await configure(copy).then(
        () => undefined,
        (error: unknown) => error,
      );
      isDone = failure === undefined;
      if (!isDone) assert.ok(failure instanceof OsError && failure.code === 'no-space', String(failure));
      const { boot, problems } = await inspect(copy);
      assert.deepEqual(problems, []);
      assert.ok([undefined, 'kitchen'].includes(boot?.config?.['hostname'] as string | undefined));
      assert.deepEqual((await readdir(disk)).sort(), ['ballast', 'os.img']);
    }
  });

  it('leaves no half copy, nor a lock', async () => {
    await writeFile(path.join(temporary.path, 'large.nmconnection'), '[connection]\nid=a\ntype=ethernet\n');
    for (const freeBytes of [0, 8 * KiB]) {
      const copy = await putImage(freeBytes);
      const failure = configure(copy, path.join(disk, 'copy.img'));
      await assert.rejects(failure, (error: unknown) => error instanceof OsError && error.exitCode === 9);
      assert.deepEqual((await readdir(disk)).sort(), ['ballast', 'os.img']);
    }
  });

  it('is named as such, with the way to a copy elsewhere', async () => {
    const copy = await putImage(64 * KiB);
    const before = await readFile(copy);
    await tool('mount', ['-o', 'remount,ro', disk]);
    try {
      await assert.rejects(configure(copy), {
        code: 'host-unsuitable',
        message: `cannot write ${disk}: it is read-only`,
        hint: /--out` writes a configured copy elsewhere/,
      });
      const elsewhere = path.join(temporary.path, 'elsewhere.img');
      await configure(copy, elsewhere);
      assert.equal((await stat(elsewhere)).size, before.length);
      assert.deepEqual(await readFile(copy), before);
    } finally {
      await tool('mount', ['-o', 'remount,rw', disk]);
    }
  });
});
