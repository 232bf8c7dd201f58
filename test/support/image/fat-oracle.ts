/** What dosfstools and mtools say about a FAT volume. */
import { execFile } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { tool, type MadeImage } from './make-image.ts';

/** The warning about a FAT32 with few clusters, in whatever state it is. */
const fewClusters =
  /^Warning: Filesystem is FAT32 according to|^ {2}but has only \d+ clusters|^ {2}This may lead to problems on some/;

/** Everything that fsck.vfat remarks about the boot partition; '' where it is without fault. */
export async function checkFat(directory: string, image: MadeImage): Promise<string> {
  const copy = path.join(directory, 'volume.check');
  const source = await open(image.path, 'r');
  const bytes = Buffer.alloc(image.bootBytes);
  await source.read(bytes, 0, bytes.length, image.bootStart);
  await source.close();
  return checkFatBytes(copy, bytes);
}

/** As `checkFat`, of a volume in memory; `file` is written for it. */
export async function checkFatBytes(file: string, bytes: Uint8Array): Promise<string> {
  await writeFile(file, bytes);
  const { stdout, stderr } = await promisify(execFile)('/usr/sbin/fsck.vfat', ['-n', file]).catch(
    (error: unknown) => error as { stdout: string; stderr: string },
  );
  return `${stdout}${stderr}`
    .split('\n')
    .filter(
      line =>
        line !== '' &&
        !fewClusters.test(line) &&
        !line.startsWith('fsck.fat ') &&
        !/: \d+ files, \d+\/\d+ clusters$/.test(line),
    )
    .join('\n');
}

/** The content of a file as mtools read it. */
export async function readByMtools({ mtools }: MadeImage, name: string): Promise<Buffer> {
  const { stdout } = await promisify(execFile)('mtype', ['-i', mtools, `::${name}`], {
    encoding: 'buffer',
    env: { ...process.env, MTOOLS_SKIP_CHECK: '1', LC_ALL: 'C.UTF-8' },
    maxBuffer: 2 ** 26,
  });
  return stdout;
}

/** All paths of the volume as mtools list them, directories with a slash at their end. */
export async function listByMtools({ mtools }: MadeImage): Promise<readonly string[]> {
  const text = await tool('mdir', ['-b', '-/', '-a', '-i', mtools, '::']).catch((error: unknown) => {
    // What it says of a volume without any file.
    if (/^mdir: File "::" not found$/m.test(String(error))) return '';
    throw error;
  });
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.replace(/^::\//, ''))
    .sort();
}
