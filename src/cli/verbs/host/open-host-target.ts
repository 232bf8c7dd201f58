/** The target of `--on`: a running device, or an image whose boot partition stands in for one. */
import { stat } from 'node:fs/promises';
import { OsError } from '../../../core/errors.ts';
import type { HostFiles } from '../../../host/host-files.ts';
import { openImage } from '../../../image/formats/open-image.ts';
import { changeImageFiles, openTriedFiles } from '../image/image-files.ts';
import { imagePathOf, openHostDevice, type HostDevice, type OpenOptions } from './open-host-device.ts';

export interface HostImage extends AsyncDisposable {
  readonly kind: 'image';
  /** For reading. */
  readonly files: HostFiles;
  /** Its path. */
  readonly name: string;
  /** Runs `work` on a trial in memory, and where that succeeds on the image itself. Throws OsError `usage` where it is compressed. */
  change<T>(work: (files: HostFiles) => Promise<T>): Promise<T>;
}

export type HostTarget = HostDevice | HostImage;

/** For results: which device, or which image, something is about. */
export interface TargetNames {
  readonly device: string | null;
  readonly image: string | null;
}

export const namesOf = ({ kind, name }: HostTarget): TargetNames =>
  kind === 'device' ? { device: name, image: null } : { device: null, image: name };

/** Opens the image `path` (raw, compressed, or a drive). Throws OsError `image-invalid` where it has no boot partition. */
export async function openHostImage(
  path: string,
  { signal }: Pick<OpenOptions, 'signal'>,
): Promise<HostImage> {
  const options = { signal, now: () => new Date() };
  const { files, ...opened } = await openTriedFiles(await openImage(path), options);
  return {
    kind: 'image',
    files,
    name: path,
    change: work => changeImageFiles(path, work, options),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

/** Throws OsError `usage` for a word that names a file of this directory and could be a device. */
async function checkPlain(on: string): Promise<void> {
  const isFile = await stat(on).then(
    stats => stats.isFile(),
    () => false,
  );
  if (isFile)
    throw new OsError('usage', `${JSON.stringify(on)} is a file here, and could be the name of a device`, {
      hint: `write image:${on} for the file, ${on}.local for the device`,
    });
}

/** Opens what `on` names; the device that its absence chooses. Throws as `openHostDevice` and `openHostImage` do. */
export async function openHostTarget(on: string | undefined, options: OpenOptions): Promise<HostTarget> {
  const path = on === undefined ? undefined : imagePathOf(on);
  if (path !== undefined) return openHostImage(path, options);
  if (on !== undefined) await checkPlain(on);
  return openHostDevice(on, { ...options, howToName: 'with --on' });
}

/** Opens a target like `openHostTarget`, for changes: does `onImage` with the files of an image, or `onDevice` with a device. */
export async function changeHostTarget<T>(
  on: string | undefined,
  options: OpenOptions,
  {
    onDevice,
    onImage,
  }: {
    readonly onDevice: (device: HostDevice) => Promise<T>;
    readonly onImage: (files: HostFiles, names: TargetNames) => Promise<T>;
  },
): Promise<T> {
  await using target = await openHostTarget(on, options);
  if (target.kind === 'device') return await onDevice(target);
  return await target.change(files => onImage(files, namesOf(target)));
}
