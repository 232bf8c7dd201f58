import { OsError } from '../../../core/errors.ts';
import type { DriveSystem } from '../../../image/drives/drive-system.ts';
import { linuxDrives } from '../../../image/drives/linux-drives.ts';
import { macDrives } from '../../../image/drives/mac-drives.ts';

/** The drives of this machine. Throws OsError `host-unsuitable` on systems whose drives are not supported. */
export function openDriveSystem(platform: NodeJS.Platform): DriveSystem {
  if (platform === 'linux') return linuxDrives;
  if (platform === 'darwin') return macDrives;
  throw new OsError(
    'host-unsuitable',
    `drives are not supported on ${platform === 'win32' ? 'Windows' : platform}`,
    {
      hint: 'configure the image file here, and write it with another program',
    },
  );
}
