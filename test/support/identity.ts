import type { DeviceIdentity } from '../../src/device/identity.ts';

/** A device of which nothing is known but its uuid, and that SSH is open. */
export const identityOf = (
  uuid: string | null,
  variant: DeviceIdentity['variant'] = 'development',
): DeviceIdentity => ({
  uuid,
  variant,
  hostname: null,
  osVersion: null,
  osName: null,
  deviceType: null,
  arch: null,
  engine: null,
  supervisor: null,
  isSshOpen: true,
});
