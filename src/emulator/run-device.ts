import { spawn } from 'node:child_process';
import { open, rmdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, OsError } from '../core/errors.ts';
import type { ProcessIdentity } from '../state/process-identity.ts';
import { isProcessAlive, processIdentity } from '../state/process-identity.ts';
import { removeLinks } from './bridge.ts';
import { groupsOf, readPids, removeGroups } from './cgroups.ts';
import type { DeviceRecord } from './device-record.ts';
import { linkName, machineName, writeRecord } from './device-record.ts';
import { nspawnArguments } from './nspawn-arguments.ts';
import type { EmulatorPlace } from './place.ts';
import { devicePaths } from './place.ts';

export interface RunningDevice {
  readonly supervisor: ProcessIdentity;
  /** Aborts when the device ends. */
  readonly ended: AbortSignal;
}

/** Boots a device, detached from this process. */
export async function startDevice(
  place: EmulatorPlace,
  record: DeviceRecord,
  rootfs: string,
  bridge: string,
): Promise<RunningDevice> {
  const paths = devicePaths(place, record.name);
  await using log = await open(paths.console, 'w', 0o600);
  const supervise = path.join(place.resourceDirectory, 'scripts', 'supervise.sh');
  const child = spawn(
    '/bin/sh',
    [
      supervise,
      groupsOf(machineName(record)).join(':'),
      'systemd-nspawn',
      ...nspawnArguments({ record, paths, rootfs, bridge }),
    ],
    {
      detached: true,
      cwd: '/',
      stdio: ['ignore', log.fd, log.fd],
      // The engine makes keyrings and loads BPF programs, which nspawn's own filter would forbid.
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', SYSTEMD_SECCOMP: '0' },
    },
  );
  const ended = new AbortController();
  child.on('exit', () => ended.abort());
  await new Promise((resolve, reject) => child.on('spawn', resolve).on('error', reject));
  child.unref();
  return { supervisor: processIdentity(child.pid ?? 0), ended: ended.signal };
}

/** How long what is killed may take to be gone. */
const killMs = 15_000;

async function waitUntil(condition: () => Promise<boolean> | boolean, limitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) return false;
    await sleep(20);
  }
  return true;
}

function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** Ends every process in the device's own groups, and removes them. Throws OsError `busy` where one does not end. */
async function clearGroups(groups: readonly string[]): Promise<void> {
  const isGone = async (): Promise<boolean> => {
    for (const pid of await readPids(groups)) killIfThere(pid, 'SIGKILL');
    return removeGroups(groups);
  };
  if (await waitUntil(isGone, killMs)) return;
  const left = await readPids(groups);
  throw new OsError('busy', `processes of the device do not end: ${left.join(', ')}`);
}

/** Whether anything of the device is left on the machine. */
export function isAnythingLeft(record: DeviceRecord): boolean {
  const groups = groupsOf(machineName(record));
  return groups.some(group => existsSync(group)) || existsSync(`/sys/class/net/${linkName(record)}`);
}

export const isRunning = (record: DeviceRecord): boolean => isProcessAlive(record.supervisor);

/**
 * Ends a device and takes away everything of it but its files. It gets `graceMs` to shut down by itself.
 * Safe where only parts are left, whoever killed the others. Returns the record of the stopped device.
 */
export async function stopDevice(
  place: EmulatorPlace,
  record: DeviceRecord,
  graceMs: number,
): Promise<DeviceRecord> {
  const { supervisor } = record;
  const endSupervisor = async (signal: NodeJS.Signals, limitMs: number): Promise<void> => {
    if (!isProcessAlive(supervisor)) return;
    killIfThere(supervisor.pid, signal);
    await waitUntil(() => !isProcessAlive(supervisor), limitMs);
  };
  if (graceMs > 0) await endSupervisor('SIGTERM', graceMs);
  // One that has just been started may not have entered its groups yet.
  await endSupervisor('SIGKILL', killMs);
  await clearGroups(groupsOf(machineName(record)));
  await removeLinks(place, record.subnet, linkName(record));
  await rmdir(`/run/systemd/nspawn/propagate/${machineName(record)}`).catch(() => undefined);
  const stopped = { ...record, supervisor: null };
  await writeRecord(place, stopped);
  return stopped;
}

/** The record as the machine has it: what a killed supervisor or a power-off left behind is taken away. */
export async function settleDevice(place: EmulatorPlace, record: DeviceRecord): Promise<DeviceRecord> {
  if (isRunning(record)) return record;
  return record.supervisor !== null || isAnythingLeft(record) ? stopDevice(place, record, 0) : record;
}
