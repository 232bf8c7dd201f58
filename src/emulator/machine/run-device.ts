import { spawn } from 'node:child_process';
import { open, rmdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OsError } from '../../core/errors.ts';
import type { ProcessIdentity } from '../../state/process-identity.ts';
import { isProcessAlive, killIfThere, processIdentity } from '../../state/process-identity.ts';
import { removeLinks } from '../network/bridge.ts';
import { groupsOf, killGroups, readPids, removeGroups } from './cgroups.ts';
import type { DeviceRecord } from '../device/device-record.ts';
import { linkName, machineName, writeRecord } from '../device/device-record.ts';
import { nspawnArguments } from './nspawn-arguments.ts';
import type { EmulatorPlace } from '../place.ts';
import { devicePaths } from '../place.ts';

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
  const { supervisorProgram: program } = place;
  const script = (name: string): string => path.join(place.resourceDirectory, 'scripts', name);
  const child = spawn(
    '/bin/sh',
    [
      script('supervise.sh'),
      groupsOf(machineName(record)).join(':'),
      '/bin/sh',
      script('boot-root.sh'),
      paths.root,
      'systemd-nspawn',
      ...nspawnArguments({
        record,
        paths,
        rootfs,
        bridge,
        ...(program === undefined ? {} : { supervisor: { program, node: process.execPath } }),
      }),
    ],
    {
      detached: true,
      cwd: '/',
      stdio: ['ignore', log.fd, log.fd],
      // The engine makes keyrings and loads BPF programs, which nspawn's own filter would forbid.
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        SYSTEMD_SECCOMP: '0',
        TRIAL: path.join(paths.state, 'rollback-altboot-breadcrumb'),
      },
    },
  );
  const ended = new AbortController();
  child.on('exit', () => ended.abort());
  await new Promise((resolve, reject) => child.on('spawn', resolve).on('error', reject));
  child.unref();
  return { supervisor: processIdentity(child.pid ?? 0), ended: ended.signal };
}

/** Time limit for killed processes to disappear. */
const killMs = 15_000;

async function waitUntil(condition: () => Promise<boolean> | boolean, limitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) return false;
    await sleep(20);
  }
  return true;
}

/** Ends every process in the device's own groups, and removes them. Throws OsError `busy` if one does not end. */
async function clearGroups(groups: readonly string[]): Promise<void> {
  const isGone = async (): Promise<boolean> => {
    await killGroups(groups);
    return removeGroups(groups);
  };
  if (await waitUntil(isGone, killMs)) return;
  const left = await readPids(groups);
  throw new OsError('busy', `processes of the device do not end: ${left.join(', ')}`);
}

/** True if a control group or network link of the device is left on the machine. */
export function hasRemains(record: DeviceRecord): boolean {
  const groups = groupsOf(machineName(record));
  return groups.some(group => existsSync(group)) || existsSync(`/sys/class/net/${linkName(record)}`);
}

export const isRunning = (record: DeviceRecord): boolean => isProcessAlive(record.supervisor);

/**
 * Ends a device and removes all of it except its files. It gets `graceMs` to shut down by itself. Safe if only parts
 * are left, whoever killed the others. Returns the record of the stopped device.
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

/** Updates the record to the machine's state, and cleans up after a killed supervisor or a power-off. */
export async function settleDevice(place: EmulatorPlace, record: DeviceRecord): Promise<DeviceRecord> {
  if (isRunning(record)) return record;
  return record.supervisor !== null || hasRemains(record) ? stopDevice(place, record, 0) : record;
}
