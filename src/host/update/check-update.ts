/** Checks that a device takes an update: what it is, whom it is for, which version, and whether it fits; in this order. Pure. */
import { OsError } from '../../core/errors.ts';
import { compareOsVersions } from '../../core/os-version.ts';
import { formatBytes } from '../../core/units.ts';
import type { HostappArchive } from './hostapp-archive.ts';
import type { UpdateStatus } from './update-status.ts';

/** Upper limit for an update of the boot files: the largest of them exists twice for a moment. */
const bootBytes = 8 * 1024 * 1024;

/** Room for the marks of a trial, without which a failed update is not rolled back. */
const stateBytes = 1024 * 1024;

function checkSpace(
  { sizeBytes, layerBytes }: HostappArchive,
  { free }: UpdateStatus,
  sentBytes: number,
): void {
  const needs = [
    ['the inactive root', free.inactive, layerBytes],
    ['the data partition', free.data, sizeBytes - sentBytes],
    ['the boot partition', free.boot, bootBytes],
    ['the state partition', free.state, stateBytes],
  ] as const;
  for (const [place, freeBytes, neededBytes] of needs)
    if (freeBytes !== null && freeBytes < neededBytes)
      throw new OsError(
        'no-space',
        `no room on ${place}: ${formatBytes(neededBytes)} are needed, ${formatBytes(freeBytes)} are free`,
        { hint: place === 'the data partition' ? '`os clean` makes room there' : 'nothing was sent' },
      );
}

export interface CheckOptions {
  readonly isDowngradeAllowed: boolean;
  /** Bytes of the archive that the device has already. */
  readonly sentBytes: number;
}

export const updateOnTrial = (): OsError =>
  new OsError('busy', 'an update of the OS is on trial on the device', {
    hint: '`os update --status` prints how it went; that takes 15 minutes at most',
  });

/** Throws an OsError where the device does not take the update. Nothing was sent yet. */
export function checkUpdate(
  archive: HostappArchive,
  status: UpdateStatus,
  { isDowngradeAllowed, sentBytes }: CheckOptions,
): void {
  if (!status.hasUpdater)
    throw new OsError('host-refused', 'the device has no hostapp-update', {
      hint: 'its OS is older than 2.5.0: flash a new image',
    });
  if (status.isOnTrial) throw updateOnTrial();
  if (status.deviceType !== archive.deviceType)
    throw new OsError(
      'image-invalid',
      `the update is for ${archive.deviceType}, and the device is a ${status.deviceType ?? 'device of unknown type'}`,
      { hint: 'nothing was sent' },
    );
  if (status.architecture !== archive.architecture)
    throw new OsError(
      'image-invalid',
      `the update is for ${archive.architecture} processors, and the device has ${status.architecture}`,
      { hint: 'nothing was sent' },
    );
  const difference = status.version === null ? undefined : compareOsVersions(archive.version, status.version);
  if (!isDowngradeAllowed && (difference === undefined || difference <= 0))
    throw new OsError(
      'usage',
      difference === 0
        ? `the device runs ${archive.version} already`
        : `${archive.version} is not newer than ${status.version ?? 'the version of the device, which it does not tell'}`,
      { hint: '--allow-downgrade installs it all the same' },
    );
  checkSpace(archive, status, sentBytes);
}
