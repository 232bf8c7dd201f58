/** An image of the OS, raw and in every compressed format, for tests that read or write whole images. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { inspectImageFile } from '../../../src/cli/verbs/image/inspect-image.ts';
import type { Inspection } from '../../../src/image/inspect/inspection.ts';
import { openTempDirectory } from '../temp-directory.ts';
import { makeImage, tool, type MadeImage } from './make-image.ts';

const { signal } = new AbortController();

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const inspect = (file: string): Promise<Inspection> =>
  inspectImageFile(
    { signal, maskSecrets: config => config, onEarly: () => undefined, onLater: () => undefined },
    { path: file, isQuick: false },
  );

export interface CompressedImages extends AsyncDisposable {
  readonly directory: string;
  readonly image: MadeImage;
  /** Of the raw image. */
  readonly digest: string;
  /** Format → file. Its name says nothing about the format. */
  readonly compressed: Readonly<Record<string, string>>;
}

export async function makeCompressedImages(): Promise<CompressedImages> {
  const directory = await openTempDirectory();
  const image = await makeImage(directory.path, { bootMiB: 4, dataMiB: 4, fat: ['-F', '16', '-s', '1'] });
  const digest = digestOf(await readFile(image.path));
  await tool('gzip', ['-k', image.path]);
  await tool('xz', ['-k', '-0', image.path]);
  await tool('zstd', ['-qk', image.path]);
  await tool('zip', ['-qj', `${image.path}.zip`, image.path]);
  const compressed: Record<string, string> = {};
  for (const format of ['gz', 'xz', 'zst', 'zip']) {
    const file = path.join(directory.path, `os-${format}.bin`);
    await tool('mv', [`${image.path}.${format}`, file]);
    compressed[format] = file;
  }
  return {
    directory: directory.path,
    image,
    digest,
    compressed,
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
