/** Names of the OS's partitions; 1.x calls `state` `conf`. */
export type PartitionRole = 'boot' | 'rootA' | 'rootB' | 'state' | 'data';

const labels = /^(?:resin|balena|flash)-(boot|rootA|rootB|state|conf|data)$/i;
const roles: Readonly<Record<string, PartitionRole>> = {
  boot: 'boot',
  roota: 'rootA',
  rootb: 'rootB',
  state: 'state',
  conf: 'state',
  data: 'data',
};

/** Returns the role of a partition by its file system's label, or else by its name. */
export function roleOf(...names: readonly (string | undefined)[]): PartitionRole | undefined {
  for (const name of names) {
    const role = roles[labels.exec(name ?? '')?.[1]?.toLowerCase() ?? ''];
    if (role !== undefined) return role;
  }
  return undefined;
}

/** True for a boot partition from which a drive is flashed by the device itself. */
export const isFlasherLabel = (label: string | undefined): boolean => /^flash-/i.test(label ?? '');
