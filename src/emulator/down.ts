import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../core/errors.ts';
import { openLock } from '../state/lock.ts';
import { runTool } from './machine/tool.ts';
import type { DeviceRecord } from './device/device-record.ts';
import { getRecord, readRecords } from './device/device-record.ts';
import type { DeviceView } from './device/device-view.ts';
import { observeView, viewOf } from './device/device-view.ts';
import type { EmulatorContext } from './place.ts';
import { devicePaths } from './place.ts';
import { hasRemains, isRunning, settleDevice, stopDevice } from './machine/run-device.ts';

/** Time limit for a device to shut down before it is killed. */
export const graceMs = 20_000;

const lockDevice = (context: EmulatorContext, name: string, waitMs: number): Promise<AsyncDisposable> =>
  openLock(devicePaths(context.place, name).lock, {
    what: `the emulated device ${name}`,
    waitMs,
    signal: context.signal,
  });

export interface DownResult {
  readonly name: string;
  /** False: it was down already, and left no remains. */
  readonly wasRunning: boolean;
}

/** Shuts a device down. `isForced`: at once, without asking it. */
export async function bringDown(
  context: EmulatorContext,
  name: string,
  options: { readonly isForced: boolean },
): Promise<DownResult> {
  await using _lock = await lockDevice(context, name, 30_000);
  const record = await getRecord(context.place, name);
  const wasRunning = isRunning(record) || hasRemains(record);
  if (wasRunning || record.supervisor !== null)
    await stopDevice(context.place, record, options.isForced ? 0 : graceMs);
  return { name, wasRunning };
}

/** Deletes a device and all its data. */
export async function removeDevice(context: EmulatorContext, name: string): Promise<DownResult> {
  const { place } = context;
  const paths = devicePaths(place, name);
  await using _lock = await lockDevice(context, name, 30_000);
  const record = await getRecord(place, name);
  const wasRunning = isRunning(record);
  await stopDevice(place, record, 0);
  const remove = (files: readonly string[]): Promise<string> =>
    runTool('rm', ['-rf', '--one-file-system', '--', ...files]);
  const names = await readdir(paths.root);
  // The record goes last: what is left of a device without one is nobody's, and the next of its name would have it.
  await remove(names.map(name => path.join(paths.root, name)).filter(file => file !== paths.record));
  await remove([paths.root]);
  return { name, wasRunning };
}

async function observeDevice(context: EmulatorContext, record: DeviceRecord): Promise<DeviceView> {
  try {
    await using _lock = await lockDevice(context, record.name, 0);
    return await observeView(await settleDevice(context.place, record), 1000, context.signal);
  } catch (error) {
    if (error instanceof OsError && error.code === 'busy') return viewOf(record, null, 'busy');
    throw error;
  }
}

/** Lists every device, and cleans up after killed ones. */
export async function listDevices(context: EmulatorContext): Promise<DeviceView[]> {
  const records = await readRecords(context.place);
  return Promise.all(records.map(record => observeDevice(context, record)));
}
