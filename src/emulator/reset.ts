import path from 'node:path';
import { openLock } from '../state/lock.ts';
import { getRecord } from './device-record.ts';
import type { EmulatorContext } from './place.ts';
import { devicePaths } from './place.ts';
import { isRunning, stopDevice } from './run-device.ts';
import { runTool } from './tool.ts';

/**
 * Ends a device and takes it back to how it was made: what it wrote, its configuration and everything its engine holds
 * are gone; name, uuid, variant and address stay. Returns whether it was running.
 */
export async function resetDevice(context: EmulatorContext, name: string): Promise<boolean> {
  const { place, signal } = context;
  const paths = devicePaths(place, name);
  const what = `the emulated device ${name}`;
  await using _lock = await openLock(paths.lock, { what, waitMs: 30_000, signal });
  const record = await getRecord(place, name);
  const wasRunning = isRunning(record);
  await stopDevice(place, record, 0);
  const gone = [
    paths.state,
    paths.data,
    path.join(paths.boot, 'config.json'),
    path.join(paths.boot, 'system-connections'),
  ];
  await runTool('rm', ['-rf', '--one-file-system', '--', ...gone]);
  return wasRunning;
}
