/** The part of an OS image's boot partition that an emulated device has: its configuration, connections and splash. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../core/errors.ts';
import { readFileIfPresent, writeFileAtomic } from '../../state/atomic-file.ts';
import type { DevicePaths } from '../place.ts';

/** A file by its path on the boot partition, such as `system-connections/office`. */
export type BootFiles = ReadonlyMap<string, Buffer>;

export interface ImageBoot {
  /** Absolute path of the image file. */
  readonly image: string;
  readonly files: BootFiles;
}

export const bootFolders = ['system-connections', 'splash'] as const;

/** Reads what a device has of these files in `directory`. Files that begin with a dot are somebody's unfinished work. */
export async function readBootFiles(directory: string): Promise<BootFiles> {
  const files = new Map<string, Buffer>();
  const add = async (name: string): Promise<void> => {
    files.set(name, await readFile(path.join(directory, name)));
  };
  if ((await readFileIfPresent(path.join(directory, 'config.json'))) !== undefined) await add('config.json');
  for (const folder of bootFolders) {
    const entries = await readdir(path.join(directory, folder), { withFileTypes: true }).catch(
      (error: unknown) => {
        if (errnoOf(error) === 'ENOENT') return [];
        throw error;
      },
    );
    for (const entry of entries)
      if (entry.isFile() && !entry.name.startsWith('.')) await add(`${folder}/${entry.name}`);
  }
  return files;
}

async function writeBootFiles(directory: string, files: BootFiles): Promise<void> {
  for (const [name, content] of files) {
    const file = path.join(directory, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content, { mode: name.startsWith('system-connections/') ? 0o600 : 0o644 });
  }
}

const filesOf = ({ imageBoot }: DevicePaths): string => path.join(imageBoot, 'files');
const sourceOf = ({ imageBoot }: DevicePaths): string => path.join(imageBoot, 'image.json');
const seededOf = ({ imageBoot }: DevicePaths): string => path.join(imageBoot, 'seeded.json');

/** Remembers the files of an image as those that the device begins with, at its next boot and after each reset. */
export async function rememberImageBoot(paths: DevicePaths, { image, files }: ImageBoot): Promise<void> {
  await rm(paths.imageBoot, { recursive: true, force: true });
  await writeBootFiles(filesOf(paths), files);
  for (const name of ['config.json', ...bootFolders])
    await rm(path.join(paths.boot, name), { recursive: true, force: true });
  await writeFileAtomic(sourceOf(paths), JSON.stringify({ image }));
}

/** Reads the boot files that the device began with, and the path of its image; undefined for a device made of no image. */
export async function findImageBoot(paths: DevicePaths): Promise<ImageBoot | undefined> {
  const text = await readFileIfPresent(sourceOf(paths));
  if (text === undefined) return undefined;
  const { image } = JSON.parse(text) as { readonly image: string };
  return { image, files: await readBootFiles(filesOf(paths)) };
}

/** Gives a device that has no config.json the files of its image. True where it did. */
export async function seedBoot(paths: DevicePaths): Promise<boolean> {
  if ((await readFileIfPresent(path.join(paths.boot, 'config.json'))) !== undefined) return false;
  const boot = await findImageBoot(paths);
  if (boot === undefined) return false;
  await writeBootFiles(paths.boot, boot.files);
  return true;
}

/** Remembers config.json as it is before the device's first boot: what differs later is the device's doing. */
export async function rememberSeeded(paths: DevicePaths): Promise<void> {
  const text = await readFileIfPresent(path.join(paths.boot, 'config.json'));
  if (text !== undefined) await writeFileAtomic(seededOf(paths), text);
}

export const readSeeded = (paths: DevicePaths): Promise<string | undefined> =>
  readFileIfPresent(seededOf(paths));
