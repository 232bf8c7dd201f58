/**
 * Resets: the OS erases a partition at the next boot if its flag file is missing (resin-state-reset,
 * balena-data-reset).
 */
import { OsError } from '../../core/errors.ts';
import type { HostFiles } from '../host-files.ts';

export type ResetPart = 'state' | 'data';

export const resetFacts: Readonly<
  Record<ResetPart, { readonly flag: string; readonly goes: string; readonly stays: string }>
> = {
  state: {
    flag: '/mnt/state/remove_me_to_reset',
    goes: 'network connections of the state, SSH host keys, the clock and all else that the OS remembers',
    stays: 'config.json, connections and logo of the boot partition; containers, images and volumes',
  },
  data: {
    flag: '/mnt/data/remove_me_to_reset',
    goes: 'all containers, images and volumes, with their data',
    stays: 'config.json, network connections and SSH host keys',
  },
};

/** Removes the flags. Throws OsError `host-refused` if the OS has none: it would then reset nothing. */
export async function requestReset(
  files: HostFiles,
  parts: readonly ResetPart[],
  signal: AbortSignal,
): Promise<void> {
  for (const part of parts)
    if ((await files.stat(resetFacts[part].flag, { signal })) === undefined)
      throw new OsError('host-refused', `this OS has no reset of its ${part} partition`, {
        hint: part === 'data' ? 'it came with 2.86.0' : 'flash the device again',
      });
  for (const part of parts) await files.remove(resetFacts[part].flag, { signal });
}
