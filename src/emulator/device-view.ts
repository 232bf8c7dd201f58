import { waitForAnnouncement } from './announcement.ts';
import type { DeviceRecord, EmulatedVariant } from './device-record.ts';
import { osVersion } from './device-files.ts';
import { gatewayOf, parseSubnet } from './subnet.ts';

export const sshPort = 22222;

/** A device as the commands tell of it. */
export interface DeviceView {
  readonly name: string;
  /** `busy`: another command is working on it. */
  readonly status: 'running' | 'stopped' | 'busy';
  readonly uuid: string;
  readonly variant: EmulatedVariant;
  readonly deviceType: string;
  readonly osVersion: string;
  /** Its name on the network, e.g. `mydevice.local`; null while it announces none. */
  readonly host: string | null;
  readonly address: string;
  readonly subnet: string;
  /** The engine's is null on production devices. */
  readonly ports: { readonly ssh: number; readonly engine: number | null };
}

export function viewOf(
  record: DeviceRecord,
  host: string | null,
  status: DeviceView['status'] = record.supervisor === null ? 'stopped' : 'running',
): DeviceView {
  return {
    name: record.name,
    status,
    uuid: record.uuid,
    variant: record.variant,
    deviceType: record.deviceType,
    osVersion,
    host,
    address: record.address,
    subnet: record.subnet,
    ports: { ssh: sshPort, engine: record.variant === 'production' ? null : record.enginePort },
  };
}

/** The view of a device whose name on the network is asked for; a silent one gets `timeoutMs`. */
export async function observeView(
  record: DeviceRecord,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<DeviceView> {
  if (record.supervisor === null) return viewOf(record, null);
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const gateway = gatewayOf(parseSubnet(record.subnet));
    const found = await waitForAnnouncement(record.address, gateway, AbortSignal.any([signal, limit]));
    return viewOf(record, found.host);
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    return viewOf(record, null);
  }
}
