import { readFileSync } from 'node:fs';
import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../../core/errors.ts';
import { killIfThere } from '../../state/process-identity.ts';

/** Mount points of the machine's control group hierarchies, version 1 and 2. */
export function parseHierarchies(mounts: string): string[] {
  return mounts
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, directory = '']) => directory)
    .filter(directory => directory.startsWith('/sys/fs/cgroup'));
}

/** A device's own group in each hierarchy; contains every process of the device, whoever its parent is by now. */
export function groupsOf(machine: string): string[] {
  return [
    ...new Set(
      parseHierarchies(readFileSync('/proc/mounts', 'utf8')).map(root =>
        path.join(root, `os-emulator-${machine}`),
      ),
    ),
  ];
}

async function ignoringAbsent<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENODEV') return otherwise;
    throw error;
  }
}

/** The directories of a group and below, deepest first. */
async function treeOf(group: string): Promise<string[]> {
  const entries = await ignoringAbsent(readdir(group, { withFileTypes: true }), undefined);
  if (entries === undefined) return [];
  const below = await Promise.all(
    entries.filter(entry => entry.isDirectory()).map(entry => treeOf(path.join(group, entry.name))),
  );
  return [...below.flat(), group];
}

/** Every process in the groups. */
export async function readPids(groups: readonly string[]): Promise<number[]> {
  const trees = await Promise.all(groups.map(treeOf));
  const lists = await Promise.all(
    trees.flat().map(group => ignoringAbsent(readFile(path.join(group, 'cgroup.procs'), 'utf8'), '')),
  );
  const pids = lists.flatMap(list => list.split('\n').map(Number)).filter(pid => pid > 0);
  return [...new Set(pids)];
}

/**
 * True if the process `pid` is in a group of one of these names, in any hierarchy. Checked right before it is
 * signalled.
 */
async function isInGroup(pid: number, names: ReadonlySet<string>): Promise<boolean> {
  const text = await readFile(`/proc/${pid.toString()}/cgroup`, 'utf8').catch(() => '');
  return text.split('\n').some(line => line.split('/').some(part => names.has(part)));
}

/** Kills every process in the groups, and no other. */
export async function killGroups(groups: readonly string[]): Promise<void> {
  // The kernel itself kills all processes of a version 2 group (since 5.14).
  for (const group of groups)
    await writeFile(path.join(group, 'cgroup.kill'), '1', { flag: 'r+' }).catch((error: unknown) => {
      if (errnoOf(error) === undefined) throw error;
    });
  const names = new Set(groups.map(group => path.basename(group)));
  for (const pid of await readPids(groups)) if (await isInGroup(pid, names)) killIfThere(pid, 'SIGKILL');
}

/** Removes the groups; false if a process, which may be about to end, is still in one of them. */
export async function removeGroups(groups: readonly string[]): Promise<boolean> {
  try {
    for (const group of groups)
      for (const directory of await treeOf(group)) await ignoringAbsent(rmdir(directory), undefined);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EBUSY') return false;
    throw error;
  }
}
