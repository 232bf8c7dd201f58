/** `os emulator up --image` and `down --keep`: settings from an OS image to an emulated device, and back. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { OsError } from '../../../core/errors.ts';
import { parseOsRelease } from '../../../core/os-release.ts';
import {
  bootFolders,
  findImageBoot,
  readBootFiles,
  readSeeded,
  type BootFiles,
  type ImageBoot,
} from '../../../emulator/device/image-boot.ts';
import type { UpRequest } from '../../../emulator/device/plan-record.ts';
import { devicePaths, type EmulatorPlace } from '../../../emulator/place.ts';
import { changeConfig, decodeValidConfig } from '../../../host/config/config-file.ts';
import type { HostFiles } from '../../../host/host-files.ts';
import { openImage } from '../../../image/formats/open-image.ts';
import { changeImageFiles, checkChangeable, openTriedFiles } from '../image/image-files.ts';

const now = (): Date => new Date();
const onBoot = (name: string): string => `/mnt/boot/${name}`;
const modeOf = (name: string): number => (name.startsWith('system-connections/') ? 0o600 : 0o644);

async function readFiles(files: HostFiles, signal: AbortSignal): Promise<BootFiles> {
  const found = new Map<string, Buffer>();
  const add = async (name: string): Promise<void> => {
    const content = await files.read(onBoot(name), { signal });
    if (content !== undefined) found.set(name, content);
  };
  await add('config.json');
  for (const folder of bootFolders)
    for (const { name, kind } of await files.list(onBoot(folder), { signal }))
      if (kind === 'file' && !name.startsWith('.')) await add(`${folder}/${name}`);
  return found;
}

const textIn = (config: Readonly<Record<string, unknown>>, key: string): string | undefined => {
  const value = config[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/**
 * Reads from the image `file` the settings of an emulated device: the files of its boot partition that configure a device, and what
 * these say it is. Throws OsError `image-invalid`, and `config-invalid` where its config.json is not JSON.
 */
export async function readImageBoot(
  file: string,
  signal: AbortSignal,
): Promise<Pick<UpRequest, 'variant' | 'deviceType' | 'uuid'> & { readonly boot: ImageBoot }> {
  await using tried = await openTriedFiles(await openImage(file), { signal, now });
  const files = await readFiles(tried.files, signal);
  const config = JSON.parse(decodeValidConfig(files.get('config.json') ?? Buffer.from('{}'))) as Record<
    string,
    unknown
  >;
  const release = await tried.files.read(onBoot('os-release'), { signal });
  const variantId = parseOsRelease(release?.toString('utf8') ?? '')['VARIANT_ID'];
  const isDevelopment = variantId === 'dev' || String(config['developmentMode']) === 'true';
  const uuid = textIn(config, 'uuid');
  return {
    boot: { image: path.resolve(await realpath(file)), files },
    variant: isDevelopment ? 'development' : 'production',
    deviceType: textIn(config, 'deviceType'),
    uuid: uuid !== undefined && /^[0-9a-f]{32}$/.test(uuid) ? uuid : undefined,
  };
}

export interface Kept {
  readonly image: string;
  /** Keys of config.json as `config.json KEY`, and files. */
  readonly changes: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** The text of the image's config.json with what the device changed in its own. */
function mergeConfig(
  text: string,
  seeded: Json,
  present: Json,
): { readonly text: string; readonly changes: string[] } {
  const keys = [...new Set([...Object.keys(seeded), ...Object.keys(present)])].filter(
    key => !isDeepStrictEqual(seeded[key], present[key]),
  );
  const merged = keys.reduce(
    (before, key) =>
      changeConfig(
        before,
        present[key] === undefined
          ? { kind: 'unset', path: [key] }
          : { kind: 'set', path: [key], value: present[key] },
      ),
    text,
  );
  return { text: merged, changes: keys.map(key => `config.json ${key}`) };
}

/** Throws OsError `usage` where the device `name` has no image that its settings could go back to. */
export async function getImageToKeep(place: EmulatorPlace, name: string): Promise<ImageBoot> {
  const boot = await findImageBoot(devicePaths(place, name));
  if (boot === undefined)
    throw new OsError('usage', `${name} is made of no image: there is nothing to keep its settings in`, {
      hint: 'os emulator up NAME --image FILE makes one of an image',
    });
  checkChangeable(await openImage(boot.image));
  return boot;
}

/**
 * Writes what the device changed on its boot partition back to the image that it was made of. Throws OsError `busy`, with
 * nothing written, where the image has changed in the same place since.
 */
export async function keepImageBoot(place: EmulatorPlace, name: string, signal: AbortSignal): Promise<Kept> {
  const paths = devicePaths(place, name);
  const { image, files: former } = await getImageToKeep(place, name);
  const present = await readBootFiles(paths.boot);
  const seeded = await readSeeded(paths);
  const changed = [...new Set([...former.keys(), ...present.keys()])].filter(
    file => file !== 'config.json' && !isDeepStrictEqual(former.get(file), present.get(file)),
  );
  const work = async (files: HostFiles): Promise<readonly string[]> => {
    for (const file of changed) {
      const now = await files.read(onBoot(file), { signal });
      if (!isDeepStrictEqual(now, former.get(file)) && !isDeepStrictEqual(now, present.get(file)))
        throw new OsError('busy', `${file} has changed in ${image} as well since the device was made of it`, {
          hint: 'nothing was written: make the changes with `os … --on ' + image + '`',
        });
    }
    const config = await files.read(onBoot('config.json'), { signal });
    const merged =
      seeded === undefined || config === undefined
        ? undefined
        : mergeConfig(
            decodeValidConfig(config),
            JSON.parse(seeded) as Json,
            JSON.parse(decodeValidConfig(present.get('config.json') ?? Buffer.from(seeded))) as Json,
          );
    if (merged !== undefined && merged.changes.length > 0)
      await files.writeAtomically(onBoot('config.json'), Buffer.from(merged.text), { mode: 0o644, signal });
    for (const file of changed) {
      const content = present.get(file);
      if (content === undefined) await files.remove(onBoot(file), { signal });
      else await files.writeAtomically(onBoot(file), content, { mode: modeOf(file), signal });
    }
    return [...(merged?.changes ?? []), ...changed];
  };
  const changes = await changeImageFiles(image, work, { signal, now });
  return { image, changes };
}
