import { openFileDevice } from '../../../image/blocks/file-device.ts';
import type { Patch } from '../../../image/blocks/overlay.ts';
import { openBootPartition } from '../../../image/configure/boot-partition.ts';
import {
  configureBoot,
  type ConfigureReport,
  type ImageConfiguration,
} from '../../../image/configure/configure-boot.ts';
import { checkCopyPath, writeCopy } from '../../../image/configure/write-copy.ts';
import { openFatFiles } from '../../../image/fat/fat-host-files.ts';
import { openImage, type ImageSource } from '../../../image/formats/open-image.ts';
import { checkChangeable, lockImage, openTriedFiles, type ImageFileOptions } from './image-files.ts';

export interface ConfigureRequest {
  readonly path: string;
  readonly configuration: ImageConfiguration;
  /** Path of the configured copy; undefined: the image itself is changed. */
  readonly out: string | undefined;
}

export interface ConfigureDependencies extends ImageFileOptions {
  /** Called with what will be done, before anything is written. */
  readonly onPlanned?: (report: ConfigureReport) => void;
}

export interface Configured extends ConfigureReport {
  /** The image that is configured now. */
  readonly image: string;
}

export interface PlannedConfiguration extends ConfigureReport {
  readonly patches: readonly Patch[];
}

/** Returns the changes that `configuration` causes in the image `source`. Writes nothing. */
export async function planConfiguration(
  source: ImageSource,
  configuration: ImageConfiguration,
  options: ImageFileOptions,
): Promise<PlannedConfiguration> {
  await using tried = await openTriedFiles(source, options);
  const report = await configureBoot(tried.files, configuration, options.signal);
  return { ...report, patches: tried.patches() };
}

/** Configures the image itself. A power cut at any moment leaves each file as it was or as it is to be. */
async function configureInPlace(
  { path, configuration }: ConfigureRequest,
  { signal, now }: ConfigureDependencies,
): Promise<void> {
  await using device = await openFileDevice(path, 'write');
  const files = openFatFiles(await openBootPartition(device), now);
  await configureBoot(files, configuration, signal);
}

/**
 * Configures an image, or writes a configured copy of it. Applies everything in memory first. Throws OsError `usage` if the
 * copy would take the place of something that is not a file.
 */
export async function configureImage(
  dependencies: ConfigureDependencies,
  request: ConfigureRequest,
): Promise<Configured> {
  const { path, configuration, out } = request;
  const { signal, onPlanned } = dependencies;
  const source = await openImage(path);
  if (out === undefined) checkChangeable(source);
  else await checkCopyPath(out, path);
  await using _lock = await lockImage(out ?? path, source.isDrive && out === undefined, signal);
  const planned = await planConfiguration(source, configuration, dependencies);
  const { changes, warnings } = planned;
  onPlanned?.({ changes, warnings });
  if (out !== undefined) await writeCopy(source.stream({ signal }), out, planned.patches, signal);
  else if (changes.length > 0) await configureInPlace(request, dependencies);
  return { image: out ?? path, changes, warnings };
}
