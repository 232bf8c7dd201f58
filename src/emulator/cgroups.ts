import { readFileSync } from 'node:fs';
import { readdir, readFile, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../core/errors.ts';

/** Mount points of the machine's control group hierarchies, version 1 and 2. */
export function parseHierarchies(mounts: string): string[] {
  return mounts
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, directory = '']) => directory)
    .filter(directory => directory.startsWith('/sys/fs/cgroup'));
}

/** A device's own group in each hierarchy; every process of it is in them, whoever its parent is by now. */
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

/** Removes the groups; false where a process, which may be about to be gone, is still in one of them. */
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
