import { openDeadline } from '../../core/deadline.ts';
import { waitForAnnouncement } from '../network/announcement.ts';
import type { DeviceRecord, EmulatedSupervisorMode, EmulatedVariant } from './device-record.ts';
import { osVersion } from './device-files.ts';
import { gatewayOf, parseSubnet } from '../network/subnet.ts';
import { ports } from '../../net/ports.ts';

/** A device as the commands print it. */
export interface DeviceView {
  readonly name: string;
  /** `busy`: another command is working on it. */
  readonly status: 'running' | 'stopped' | 'busy';
  readonly uuid: string;
  readonly variant: EmulatedVariant;
  /** The mode of its supervisor. */
  readonly supervisor: EmulatedSupervisorMode;
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
    supervisor: record.supervisorMode ?? 'none',
    deviceType: record.deviceType,
    osVersion,
    host,
    address: record.address,
    subnet: record.subnet,
    ports: { ssh: ports.ssh, engine: record.variant === 'production' ? null : record.enginePort },
  };
}

/** Observes a device and resolves its name on the network; a silent one gets `timeoutMs`. */
export async function observeView(
  record: DeviceRecord,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<DeviceView> {
  if (record.supervisor === null) return viewOf(record, null);
  using deadline = openDeadline(signal, timeoutMs);
  try {
    const gateway = gatewayOf(parseSubnet(record.subnet));
    const found = await waitForAnnouncement(record.address, gateway, deadline.signal);
    return viewOf(record, found.host);
  } catch (error) {
    if (!deadline.signal.aborted || signal.aborted) throw error;
    return viewOf(record, null);
  }
}
