import { OsError } from '../core/errors.ts';
import type { KnownDevice } from './known-devices.ts';
import type { DeviceTarget } from './target.ts';

/** The host name without `.local`, in lower case. */
export const hostLabel = (host: string): string => host.replace(/\.local\.?$/, '').toLowerCase();

/** True if `uuid` begins with `prefix`, which is lower-case hex. */
export const hasUuidPrefix = (uuid: string | null, prefix: string): boolean =>
  uuid?.replaceAll('-', '').toLowerCase().startsWith(prefix) === true;

/** Length of the UUID's prefix that names a device without a host name of its own. */
const defaultLabelLength = 7;

/** Returns the name on the network of a device with this UUID that has no host name of its own. */
export const defaultHost = (uuid: string): string => `${uuid.slice(0, defaultLabelLength)}.local`;

/**
 * True if `prefix` may name the device: by its UUID, else by the default host name derived from the UUID. A host name
 * has only seven digits, so a longer prefix still has to be proven.
 */
export function matchesPrefix(
  device: { readonly uuid: string | null; readonly host: string },
  prefix: string,
): boolean {
  if (device.uuid !== null) return hasUuidPrefix(device.uuid, prefix);
  const label = hostLabel(device.host);
  return (
    /^[0-9a-f]+$/.test(label) &&
    label.length === defaultLabelLength &&
    (label.startsWith(prefix) || prefix.startsWith(label))
  );
}

/** Returns `prefix` if it is longer than the part that a default host name contains, else null. */
export const unprovenByName = (prefix: string): string | null =>
  prefix.length > defaultLabelLength ? prefix : null;

/** True if `target` may name a known device; an address names none. */
export function isNamed(device: KnownDevice, target: DeviceTarget): boolean {
  switch (target.kind) {
    case 'address':
    case 'dns':
      return false;
    case 'mdns':
      return device.host === target.host;
    case 'uuid':
      return matchesPrefix(device, target.prefix);
    case 'word':
      return device.host === target.host || (target.prefix !== null && matchesPrefix(device, target.prefix));
  }
}

/** The error about a beginning of UUIDs that several devices share. */
export function refuseAmbiguous(
  prefix: string,
  devices: readonly { readonly uuid: string | null; readonly host: string }[],
): OsError {
  const names = devices.map(
    device => `${hostLabel(device.host)}${device.uuid === null ? '' : ` (${device.uuid})`}`,
  );
  return new OsError(
    'device-ambiguous',
    `${prefix} is the start of ${devices.length.toString()} devices: ${names.join(', ')}`,
    {
      hint: 'write more of the UUID, or name the device by its host name',
    },
  );
}
