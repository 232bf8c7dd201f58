/** The files of an image's boot partition, read as they are and changed under a lock, everything in memory first. */
import path from 'node:path';
import { OsError } from '../../../core/errors.ts';
import type { HostFiles } from '../../../host/host-files.ts';
import type { BlockReader } from '../../../image/blocks/block-device.ts';
import { openFileDevice } from '../../../image/blocks/file-device.ts';
import { explainImageFailure } from '../../../image/blocks/image-failure.ts';
import { openOverlay } from '../../../image/blocks/overlay.ts';
import { openStreamReader } from '../../../image/blocks/stream-reader.ts';
import { openBootPartition } from '../../../image/configure/boot-partition.ts';
import { openFatFiles } from '../../../image/fat/fat-host-files.ts';
import { openImage, type ImageSource } from '../../../image/formats/open-image.ts';
import { openLock } from '../../../state/lock.ts';
import { followLinks } from './follow-links.ts';

export interface ImageFileOptions {
  readonly signal: AbortSignal;
  /** Dates what is written. */
  readonly now: () => Date;
}

/** The file that `name` leads to, whatever links are on the way; one that is yet to be made is in a real directory. */
async function findRealFile(name: string): Promise<string> {
  const file = await followLinks(name);
  return file === name ? path.join(await followLinks(path.dirname(name)), path.basename(name)) : file;
}

async function openImageLock(image: string, file: string, signal: AbortSignal): Promise<AsyncDisposable> {
  try {
    return await openLock(`${file}.os-lock`, { what: image, waitMs: 0, signal });
  } catch (error) {
    if (!(error instanceof OsError) || error.code !== 'state-unusable') throw error;
    const failure = explainImageFailure(error.cause, 'write', path.dirname(file));
    if (!(failure instanceof OsError)) throw error;
    throw new OsError(failure.code, failure.message, {
      hint: `${image} is changed only with a lock file beside it; \`os image configure --out\` writes a configured copy elsewhere`,
      cause: error,
    });
  }
}

/**
 * Held by one `os` at a time while it changes the file `image`, by whichever name; a drive is held by opening it exclusively.
 */
export const lockImage = async (
  image: string,
  isDrive: boolean,
  signal: AbortSignal,
): Promise<AsyncDisposable> =>
  isDrive
    ? { [Symbol.asyncDispose]: () => Promise.resolve() }
    : openImageLock(image, await findRealFile(image), signal);

/** Throws OsError `usage` for an image that can only be read. */
export function checkChangeable({ path, format }: ImageSource): void {
  if (format !== 'raw')
    throw new OsError('usage', `${path} is compressed: it cannot be changed in place`, {
      hint: `write a configured copy: os image configure ${path} --out FILE`,
    });
}

/** Files of an image that keep what is written to them in memory; `patches` is what that would change in the image. */
export interface TriedFiles extends AsyncDisposable {
  readonly files: HostFiles;
  readonly patches: ReturnType<typeof openOverlay>['patches'];
}

/** Opens the boot partition of `source` for reading and for trying changes. A compressed image is unpacked as far as needed. */
export async function openTriedFiles(
  source: ImageSource,
  { signal, now }: ImageFileOptions,
): Promise<TriedFiles> {
  const open = async (
    reader: BlockReader & AsyncDisposable,
    onPassed?: (offset: number) => void,
  ): Promise<TriedFiles> => {
    try {
      const overlay = openOverlay(reader);
      return {
        files: openFatFiles(await openBootPartition(overlay, onPassed), now),
        patches: () => overlay.patches(),
        [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
      };
    } catch (error) {
      await reader[Symbol.asyncDispose]();
      throw error;
    }
  };
  if (source.format === 'raw') return open(await openFileDevice(source.path, 'read'));
  const reader = openStreamReader(source.stream({ signal }));
  return open(reader, offset => {
    reader.keepFrom(offset);
  });
}

/**
 * Does `work` on the files of the image `path`: in memory first, so that nothing is written where it throws, then in the
 * image, unless it changes nothing. A power cut at any moment leaves each file as it was or as it is to be.
 */
export async function changeImageFiles<T>(
  path: string,
  work: (files: HostFiles) => Promise<T>,
  options: ImageFileOptions,
): Promise<T> {
  const source = await openImage(path);
  checkChangeable(source);
  await using _lock = await lockImage(path, source.isDrive, options.signal);
  {
    await using tried = await openTriedFiles(source, options);
    const result = await work(tried.files);
    if (tried.patches().length === 0) return result;
  }
  await using device = await openFileDevice(path, 'write');
  return await work(openFatFiles(await openBootPartition(device), options.now));
}
