import assert from 'node:assert/strict';
import { mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { copyFromDevice, copyToDevice, copyToStream, type CopyOptions } from '../../src/copy/copy.ts';
import { encodeHeader } from '../../src/copy/archive/write-header.ts';
import { readLocalSource } from '../../src/copy/local-source.ts';
import { shellFarFiles } from '../../src/copy/shell-far-files.ts';
import type { FarFiles } from '../../src/copy/far-files.ts';
import { startHere } from '../support/local-far.ts';
import { run } from '../support/run.ts';
import { useTempDirectory } from '../support/temp-directory.ts';

const options: CopyOptions = {
  keepsOwners: false,
  overwritesNewer: false,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  note: () => undefined,
};

const applets = ['sh', 'tar', 'find', 'mv', 'rm', 'mkdir', 'touch', 'dd', 'cat', 'readlink', 'chmod'];

/** Names, modes and times of everything in `directory`, and what each file has. busybox's tar sets no times of links and directories. */
const sums = (directory: string): Promise<string> =>
  run('sh', [
    '-c',
    `cd "$1" && { find . -type f -printf '%p %m %Ts\\n'; find . -mindepth 1 -type d -printf '%p/ %m\\n'; find . -type l -printf '%p %l\\n'
      find . -type f -print0 | sort -z | xargs -0 cksum; } | LC_ALL=C sort | cat -v`,
    'sh',
    directory,
  ]);

/** A name of every byte that a name can have, one a file. */
async function makeOddNames(directory: string): Promise<void> {
  for (let byte = 1; byte < 256; byte += 1)
    if (byte !== 0x2f) await writeFile(oddName(directory, byte), byte.toString());
  await mkdir(Buffer.concat([Buffer.from(`${directory}/`), Buffer.alloc(120, 0xfe)]));
  const inner = Buffer.concat([
    Buffer.from(`${directory}/`),
    Buffer.alloc(120, 0xfe),
    Buffer.from('/\xff', 'latin1'),
  ]);
  await writeFile(inner, 'in a long name');
  const target = Buffer.from('\xc3\x28 of no file', 'latin1');
  await symlink(target, Buffer.concat([Buffer.from(`${directory}/link-`), target]));
}

const oddName = (directory: string, byte: number): Buffer =>
  Buffer.concat([Buffer.from(`${directory}/n`), Buffer.from([byte]), Buffer.from('.')]);

const megabyte = 1024 * 1024;

/** A file of 16 MiB with three pieces of data. Returns its bytes on the disk. */
async function makeSparse(file: string): Promise<number> {
  await using handle = await open(file, 'w');
  await handle.write(Buffer.alloc(1000, 1), 0, 1000, 0);
  await handle.write(Buffer.alloc(200_000, 2), 0, 200_000, 5_000_001);
  await handle.write(Buffer.alloc(7, 3), 0, 7, 12 * megabyte - 7);
  await handle.truncate(16 * megabyte);
  await handle.sync();
  return await allocated(file);
}

const allocated = async (file: string): Promise<number> => (await stat(file)).blocks * 512;

for (const kind of ['GNU tar', 'busybox'] as const)
  describe(`a copy with ${kind}`, function () {
    this.timeout(60_000);
    const directory = useTempDirectory();
    const at = (...parts: string[]): string => path.join(directory(), ...parts);
    let far: FarFiles;
    let sentBytes = 0;
    beforeEach(async () => {
      const bin = at('bin');
      await mkdir(bin);
      for (const applet of applets) await symlink('/bin/busybox', path.join(bin, applet));
      const shell = kind === 'busybox' ? ['/usr/bin/env', `PATH=${bin}`, 'sh'] : ['sh'];
      const plain = shellFarFiles(startHere(shell), 'here');
      sentBytes = 0;
      const count = (chunk: Buffer): void => void (sentBytes += chunk.length);
      far = {
        ...plain,
        write: (request, pack, signal) =>
          plain.write(request, form => pack(form).on('data', count).pause(), signal),
        async read(paths, signal) {
          const archive = await plain.read(paths, signal);
          archive.tar.on('data', count).pause();
          return archive;
        },
      };
    });

    it('keeps names of any bytes both ways, in links too', async () => {
      await mkdir(at('source'));
      await makeOddNames(at('source'));
      const wanted = await sums(at('source'));
      for (let round = 0; round < 2; round += 1) {
        await copyToDevice(far, [await readLocalSource(at('source'))], at('there'), options);
        assert.equal(await sums(at('there')), wanted);
        await copyFromDevice(far, [at('there')], at('back'), options);
        assert.equal(await sums(at('back')), wanted);
      }
      assert.equal((await readdir(at('back'), 'buffer')).length, 254 + 2);
      await mkdir(at('some'));
      await copyFromDevice(far, [at('there', 'n*')], at('some'), options);
      assert.ok((await readdir(at('some'))).length > 100);
    });

    it('keeps a sparse file sparse both ways', async () => {
      const usedBytes = await makeSparse(at('disk.img'));
      await copyToDevice(far, [await readLocalSource(at('disk.img'))], at('there.img'), options);
      assert.ok(sentBytes < megabyte, `${sentBytes.toString()} bytes were sent`);
      const wanted = await readFile(at('disk.img'));
      assert.ok((await readFile(at('there.img'))).equals(wanted));
      assert.ok((await allocated(at('there.img'))) < usedBytes + megabyte);
      assert.deepEqual(
        (await stat(at('there.img'))).mtime.getTime(),
        Math.floor((await stat(at('disk.img'))).mtimeMs / 1000) * 1000,
      );
      await copyFromDevice(far, [at('there.img')], at('back.img'), options);
      assert.ok((await readFile(at('back.img'))).equals(wanted));
      assert.ok((await allocated(at('back.img'))) < usedBytes + megabyte);
      const out = new PassThrough();
      const [printed] = await Promise.all([
        buffer(out),
        copyToStream(far, at('there.img'), out, options.signal).then(() => out.end()),
      ]);
      assert.ok(printed.equals(wanted));
    });

    it('sends a tree with sparse files, one of them nothing but a hole, as it is', async () => {
      await mkdir(at('tree', 'deep'), { recursive: true });
      await makeSparse(at('tree', 'deep', 'a'));
      await run('truncate', ['-s', '10M', at('tree', 'hole')]);
      await writeFile(at('tree', 'plain'), 'plain');
      const wanted = await sums(at('tree'));
      await copyToDevice(far, [await readLocalSource(at('tree'))], at('there'), options);
      assert.equal(await sums(at('there')), wanted);
      assert.deepEqual((await readdir(at('there'))).sort(), ['deep', 'hole', 'plain']);
      await copyFromDevice(far, [at('there')], at('back'), options);
      assert.equal(await sums(at('back')), wanted);
    });
  });

describe('a device that sends damaged archives', () => {
  const directory = useTempDirectory();
  const take = (bytes: Buffer): Promise<unknown> => {
    const tar = new PassThrough();
    tar.end(bytes);
    const far: FarFiles = {
      read: () => Promise.resolve({ tar, ended: Promise.resolve() }),
      write: () => Promise.reject(new Error('nothing is written')),
    };
    return copyFromDevice(far, ['/x'], path.join(directory(), 'inside'), options);
  };
  const none = { linkname: '', mode: 0o600, uid: 0, gid: 0, mtimeS: 0 };
  const sumOf = (block: Buffer): void => {
    block.write('        ', 148);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  };

  it('cannot write past the end of a sparse file, or backwards in it', async () => {
    for (const [at, sizeBytes, realBytes] of [
      [0, 512, 100],
      [100, 512, 512],
      [0, 8, 512],
    ] as const) {
      const block = encodeHeader({ ...none, type: 'file', name: 'x', sizeBytes: 512 });
      block.write('S', 156);
      block.write(`${at.toString(8).padStart(11, '0')}\0${sizeBytes.toString(8).padStart(11, '0')}\0`, 386);
      block.write(`${realBytes.toString(8).padStart(11, '0')}\0`, 483);
      sumOf(block);
      await assert.rejects(take(Buffer.concat([block, Buffer.alloc(1024)])), {
        code: 'connection-lost',
        message: /map of a sparse file is damaged/,
      });
    }
    assert.deepEqual(await readdir(directory()), []);
  });

  it('with other bytes in them get no file made and no defect reported', async () => {
    const whole = Buffer.concat([
      encodeHeader({ ...none, type: 'file', name: 'x'.repeat(200), sizeBytes: 3 }),
      Buffer.alloc(512, 'abc'),
    ]);
    for (let i = 0; i < whole.length - 512; i += 7) {
      const damaged = Buffer.from(whole);
      damaged[i] = (damaged[i] ?? 0) ^ 0x55;
      await take(damaged).catch((error: unknown) => {
        assert.match(
          String((error as { code?: unknown }).code),
          /^(connection-lost|host-refused|usage)$/,
          String(error),
        );
      });
    }
    for (let i = 1; i < whole.length - 512; i += 100)
      if (i % 512 !== 0) await assert.rejects(take(whole.subarray(0, i)), { code: 'connection-lost' });
    assert.deepEqual(
      (await readdir(directory())).filter(it => it.startsWith('.os-cp')),
      [],
    );
  });
});
