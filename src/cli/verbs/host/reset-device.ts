/** `os reset`: the OS erases the requested data with the next boot. */
import { OsError } from '../../../core/errors.ts';
import { getJson } from '../../../host/config/edit-json.ts';
import { readConfigText } from '../../../host/config/config-verbs.ts';
import type { HostAccess } from '../../../host/host-access.ts';
import type { HostFiles } from '../../../host/host-files.ts';
import { requestReset, type ResetPart } from '../../../host/power/reset.ts';
import { notePlain, type Output } from '../../../ui/output.ts';
import { endDeviceBoot, type EndDependencies, type EndResult } from './end-boot.ts';

export interface ResetRequest {
  readonly parts: readonly ResetPart[];
  readonly isForced: boolean;
  readonly waitMs: number | undefined;
}

/** Undefined without one, which proves nothing. */
async function uuidOf(files: HostFiles, signal: AbortSignal): Promise<string | undefined> {
  const uuid = getJson(await readConfigText(files, signal), ['uuid']);
  return typeof uuid === 'string' && uuid !== '' ? uuid : undefined;
}

/**
 * Throws as `endDeviceBoot` does; OsError `host-refused` before anything is done where the device has no UUID to be known
 * by with its new host key, and `host-key-changed` where another device answers afterwards, whose key is not stored.
 */
export async function resetDevice(
  { parts, isForced, waitMs }: ResetRequest,
  dependencies: EndDependencies & { readonly output: Output },
): Promise<EndResult> {
  const { device, output, signal } = dependencies;
  const isProof = parts.includes('state') && waitMs !== undefined;
  const uuid = isProof ? await uuidOf(device.files, signal) : undefined;
  if (isProof && uuid === undefined)
    throw new OsError(
      'host-refused',
      `${device.name} has no uuid in its config.json, so after the reset nothing proves that it is the same device`,
      { hint: 'reset it without --wait; `os ssh --forget` then forgets its old SSH host key' },
    );
  const reopen = async (innerSignal: AbortSignal): Promise<HostAccess> => {
    const again = await device.reopenUnproven(innerSignal);
    try {
      if ((await uuidOf(again.files, innerSignal)) !== uuid)
        throw new OsError('host-key-changed', `another device answers at ${device.address} after the reset`);
      await again.trustKey();
      return again;
    } catch (error) {
      await again[Symbol.asyncDispose]();
      throw error;
    }
  };
  const ended = await endDeviceBoot(
    {
      kind: 'reboot',
      isForced,
      waitMs,
      prepare: () => requestReset(device.files, parts, signal),
      ...(isProof && { reopen }),
    },
    dependencies,
  );
  if (isProof)
    notePlain(output, `${device.name} has proved itself by its UUID; its new SSH host key is trusted`);
  return ended;
}
