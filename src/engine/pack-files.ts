import { posix } from 'node:path';
import { blockBytes, encodeTarHeader, paddingOf } from '../files/tar-header.ts';
import type { ContainerFile } from './engine.ts';

/** A tar of a few small files, in memory, for each directory that they are unpacked in: the volume of each, else the root. */
export function packFiles(
  files: readonly ContainerFile[],
): { readonly directory: string; readonly tar: Buffer }[] {
  const directories = [...new Set(files.map(({ volume = '/' }) => volume))];
  return directories.map(directory => ({
    directory,
    tar: packInto(
      directory,
      files.filter(({ volume = '/' }) => volume === directory),
    ),
  }));
}

function packInto(directory: string, files: readonly ContainerFile[]): Buffer {
  const blocks = files.flatMap(({ path, content, mode, uid, gid }) => {
    const name = posix.relative(directory, path);
    const sizeBytes = content.length;
    const header = encodeTarHeader({ type: 'file', name, mode, uid, gid, sizeBytes, target: '' });
    return [header, content, paddingOf(sizeBytes)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}
