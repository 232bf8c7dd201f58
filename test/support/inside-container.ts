/**
 * Commands in the namespaces of a container of an emulated device. The kernel of this machine runs them: an exec of the
 * engine starts two programs of its own and takes some fifty times the processor time, and most tests look often.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { machineName } from '../../src/emulator/device/device-record.ts';
import { groupsOf } from '../../src/emulator/machine/cgroups.ts';
import type { EmulatedDevice } from './emulated-device.ts';

/** Container id → its control group's directory, which stays the same for its life. */
const groups = new Map<string, string>();

async function groupOf(device: EmulatedDevice, id: string): Promise<string> {
  const known = groups.get(id);
  if (known !== undefined) return known;
  for (const root of groupsOf(machineName(device.record()))) {
    const all = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    const found = all.find(it => it.isDirectory() && it.name.includes(id));
    if (found === undefined) continue;
    const group = path.join(found.parentPath, found.name);
    groups.set(id, group);
    return group;
  }
  throw new Error(`the container ${id} is not running`);
}

/** The number that this machine gives to the first process of a running container. */
async function findPid(device: EmulatedDevice, id: string): Promise<string> {
  const procs = await readFile(path.join(await groupOf(device, id), 'cgroup.procs'), 'utf8').catch(() => '');
  for (const pid of procs.split('\n').filter(Boolean)) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (/^NSpid:.*\t1$/m.test(status)) return pid;
  }
  throw new Error(`the container ${id} is not running`);
}

/** The directory by which this machine sees the root of a running container. Links in it lead as seen from here. */
export const rootOfContainer = async (device: EmulatedDevice, id: string): Promise<string> =>
  `/proc/${await findPid(device, id)}/root`;

/** What `/bin/sh -c script` prints as root in a container, with the environment and in the directory of its first process. */
export async function runInContainer(device: EmulatedDevice, id: string, script: string): Promise<Buffer> {
  const pid = await findPid(device, id);
  const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').filter(Boolean);
  const env = Object.fromEntries(
    environment.map(it => [it.slice(0, it.indexOf('=')), it.slice(it.indexOf('=') + 1)]),
  );
  const entered = [
    '--target',
    pid,
    '--mount',
    '--pid',
    '--net',
    '--uts',
    '--ipc',
    '--root',
    `--wd=/proc/${pid}/cwd`,
  ];
  return new Promise((resolve, reject) => {
    execFile(
      '/usr/bin/nsenter',
      [...entered, '/bin/sh', '-c', script],
      { env, encoding: 'buffer', maxBuffer: 256 * 2 ** 20 },
      (error, stdout, stderr) => {
        const isNotEntered = stderr.toString().startsWith('nsenter:');
        if (error !== null && (typeof error.code !== 'number' || isNotEntered))
          reject(new Error(`not run in the container ${id}: ${error.message}`));
        else resolve(stdout);
      },
    );
  });
}
