import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { onAbort } from '../core/on-abort.ts';
import type { DeviceRecord } from './device/device-record.ts';
import { getRecord } from './device/device-record.ts';
import type { EmulatorContext } from './place.ts';
import { devicePaths } from './place.ts';
import { getInit } from './machine/find-init.ts';
import { isRunning } from './machine/run-device.ts';

/** Lines of the device's journal, until it ends or `signal` aborts (which is no failure). */
async function readJournal(
  context: EmulatorContext,
  record: DeviceRecord,
  isFollowing: boolean,
  onLine: (line: string) => void,
): Promise<void> {
  const init = await getInit(record);
  const journalctl = [
    'journalctl',
    '--no-pager',
    '--quiet',
    ...(isFollowing ? ['--follow', '--lines=100'] : []),
  ];
  // Into its files alone: for its processes nsenter would fork, and a signal would end only one of the two.
  const child = spawn('nsenter', ['--target', init.toString(), '--mount', '--', ...journalctl], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  using _stopping = onAbort(context.signal, () => void child.kill());
  const ended = new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  createInterface({ input: child.stdout }).on('line', onLine);
  await ended;
  context.signal.throwIfAborted();
}

/** Reads the journal of a running device; for one that is down, its last console output. */
export async function readLogs(
  context: EmulatorContext,
  name: string,
  options: { readonly isFollowing: boolean },
  onLine: (line: string) => void,
): Promise<void> {
  const record = await getRecord(context.place, name);
  if (isRunning(record)) {
    await readJournal(context, record, options.isFollowing, onLine);
    return;
  }
  const text = await readFile(devicePaths(context.place, name).console, 'utf8').catch(() => '');
  for (const line of text.trimEnd().split('\n')) onLine(line);
}
