import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { OsError } from '../core/errors.ts';
import { onAbort } from '../core/on-abort.ts';
import { groupsOf, readPids } from './cgroups.ts';
import type { DeviceRecord } from './device-record.ts';
import { getRecord, machineName } from './device-record.ts';
import type { EmulatorContext } from './place.ts';
import { devicePaths } from './place.ts';
import { isRunning } from './run-device.ts';

/** How many process namespaces `status` (a /proc/PID/status) tells of where its process is the first, else undefined. */
export function initDepth(status: string): number | undefined {
  const numbers = /^NSpid:\s+(.+)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
  return numbers.length > 1 && numbers.at(-1) === '1' ? numbers.length : undefined;
}

/** The device's first process, its containers' first ones left aside. Throws OsError `device-unreachable`. */
async function getInit(record: DeviceRecord): Promise<number> {
  const pids = await readPids(groupsOf(machineName(record)));
  const inits = pids.flatMap(pid => {
    try {
      const depth = initDepth(readFileSync(`/proc/${pid.toString()}/status`, 'utf8'));
      return depth === undefined ? [] : [{ pid, depth }];
    } catch {
      return [];
    }
  });
  const init = inits.sort((a, b) => a.depth - b.depth)[0];
  if (init !== undefined) return init.pid;
  throw new OsError('device-unreachable', `${record.name} is not up`, { hint: 'wait for it to boot' });
}

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

/** The journal of a running device; of one that is down, what it last printed on its console. */
export async function readLogs(
  context: EmulatorContext,
  name: string,
  options: { isFollowing: boolean },
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
