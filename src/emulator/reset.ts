import path from 'node:path';
import { openLock } from '../state/lock.ts';
import { getRecord } from './device/device-record.ts';
import type { EmulatorContext } from './place.ts';
import { devicePaths } from './place.ts';
import { isRunning, stopDevice } from './machine/run-device.ts';
import { runTool } from './machine/tool.ts';

/**
 * Ends a device and restores its initial state: deletes its files, its configuration and all data of its engine; keeps
 * name, uuid, variant and address. Returns true if it was running.
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
    paths.roots,
    path.join(paths.boot, 'resinOS_uEnv.txt'),
    path.join(paths.boot, 'bootcount.env'),
    path.join(paths.boot, 'config.json'),
    path.join(paths.boot, 'system-connections'),
  ];
  await runTool('rm', ['-rf', '--one-file-system', '--', ...gone]);
  return wasRunning;
}
