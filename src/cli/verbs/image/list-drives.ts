import { assessDrive } from '../../../image/drives/assess-drive.ts';
import type { DriveSystem } from '../../../image/drives/drive-system.ts';
import type { ListedDrive } from '../../../ui/image/drives.ts';

export interface DrivesRequest {
  /** Lists loop devices, empty card readers and other things that are no drives, too. */
  readonly isAll: boolean;
}

/** The drives of this machine, each with why it can be flashed or cannot. */
export async function listDrives(
  { drives, signal }: { readonly drives: DriveSystem; readonly signal: AbortSignal },
  { isAll }: DrivesRequest,
): Promise<readonly ListedDrive[]> {
  const all = await drives.list(signal);
  return all
    .filter(({ kind, sizeBytes }) => isAll || (kind === 'disk' && sizeBytes > 0))
    .map(drive => ({ ...drive, ...assessDrive(drive, { imageDevices: [] }) }));
}
