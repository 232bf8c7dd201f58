import { readFile } from 'node:fs/promises';
import { OsError } from '../../core/errors.ts';
import { machineName, type DeviceRecord } from '../device/device-record.ts';
import { groupsOf, readPids } from './cgroups.ts';

/**
 * Returns the number of process namespaces that `status` (a /proc/PID/status) lists if its process is the first of the
 * innermost one, else undefined.
 */
export function initDepth(status: string): number | undefined {
  const numbers = /^NSpid:\s+(.+)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
  return numbers.length > 1 && numbers.at(-1) === '1' ? numbers.length : undefined;
}

/**
 * The number on this machine of the device's first process, its containers' first ones left aside. Throws OsError
 * `device-unreachable`.
 */
export async function getInit(record: Pick<DeviceRecord, 'name' | 'uuid' | 'machine'>): Promise<number> {
  const inits: { readonly pid: number; readonly depth: number }[] = [];
  for (const pid of await readPids(groupsOf(machineName(record)))) {
    const depth = initDepth(await readFile(`/proc/${pid.toString()}/status`, 'utf8').catch(() => ''));
    if (depth !== undefined) inits.push({ pid, depth });
  }
  const init = inits.sort((a, b) => a.depth - b.depth)[0];
  if (init !== undefined) return init.pid;
  throw new OsError('device-unreachable', `${record.name} is not up`, { hint: 'wait for it to boot' });
}
