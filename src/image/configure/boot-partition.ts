import { OsError } from '../../core/errors.ts';
import type { BlockDevice } from '../blocks/block-device.ts';
import { openWindow } from '../blocks/window.ts';
import { readTableOf } from '../inspect/inspect-image.ts';
import { identifyFileSystem } from '../inspect/file-system.ts';
import { roleOf } from '../inspect/roles.ts';
import type { WritableVolume } from '../fat/read-volume.ts';
import { openWritableVolume } from '../fat/volume-writer.ts';

/**
 * Opens the boot partition of the image `device` for writing, found by its label and not by its number. Throws OsError
 * `image-invalid` if there is none, if it is damaged, or if partitions overlap.
 */
export async function openBootPartition(
  device: BlockDevice,
  onPassed?: (offset: number) => void,
): Promise<WritableVolume> {
  const table = await readTableOf(device);
  const [problem] = table.problems.filter(text => /overlaps|beyond/.test(text));
  if (problem !== undefined)
    throw new OsError('image-invalid', `the image is not written to: ${problem}`, {
      hint: 'use a fresh image',
    });
  for (const { startBytes, sizeBytes } of table.partitions) {
    onPassed?.(startBytes);
    const partition = openWindow(device, startBytes, sizeBytes);
    const [fileSystem] = await identifyFileSystem(partition);
    if (!/^v?fat/.test(fileSystem.kind) || roleOf(fileSystem.label) !== 'boot') continue;
    return openWritableVolume(partition);
  }
  throw new OsError('image-invalid', 'no partition is labelled resin-boot, balena-boot or flash-boot', {
    hint: 'give an image of the OS',
  });
}
