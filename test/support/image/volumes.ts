/** FAT volumes as mkfs.vfat makes them, held in memory. */
import { open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MiB, tool } from './make-image.ts';

export interface VolumeKind {
  readonly title: string;
  readonly sizeMiB: number;
  readonly options: readonly string[];
  /** mtools take FAT32 with few clusters for FAT16; Linux and fsck.vfat do not. */
  readonly isReadByMtools: boolean;
}

export const volumeKinds: readonly VolumeKind[] = [
  { title: 'FAT16', sizeMiB: 4, options: ['-F', '16', '-s', '1'], isReadByMtools: true },
  { title: 'FAT16 of 100 MiB', sizeMiB: 100, options: [], isReadByMtools: true },
  { title: 'FAT32', sizeMiB: 40, options: ['-F', '32', '-s', '1'], isReadByMtools: true },
  { title: 'FAT32 with few clusters', sizeMiB: 4, options: ['-F', '32', '-s', '1'], isReadByMtools: false },
  {
    title: 'FAT16 in sectors of 4096 bytes',
    sizeMiB: 20,
    options: ['-F', '16', '-s', '1', '-S', '4096'],
    isReadByMtools: true,
  },
];

/** The bytes of a fresh volume. */
export async function makeVolume(sizeMiB: number, options: readonly string[]): Promise<Buffer> {
  const file = path.join(
    tmpdir(),
    `os-test-volume-${process.pid.toString()}-${Math.random().toString(36).slice(2)}`,
  );
  try {
    const handle = await open(file, 'w');
    await handle.truncate(sizeMiB * MiB);
    await handle.close();
    await tool('mkfs.vfat', ['-S', '512', ...options, '-n', 'resin-boot', file]);
    return await readFile(file);
  } finally {
    await rm(file, { force: true });
  }
}
