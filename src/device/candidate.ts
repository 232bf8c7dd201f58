import type { DeviceIdentity } from './identity.ts';
import type { KnownDevice, KnownDevices } from './known-devices.ts';

/** An address at which the named device may be. */
export interface Candidate {
  readonly address: string;
  /** The device's name on the network if one is known, e.g. `mydevice.local`. */
  readonly host: string | null;
  /**
   * Origin of the address: `typed` by a person, of a device `emulated` on this machine, `known` from an earlier
   * connection, or reported by the `network` just now.
   */
  readonly source: 'typed' | 'emulated' | 'known' | 'network';
  /** The known device that this one has to be, or may be. */
  readonly known: Pick<KnownDevice, 'uuid' | 'engineId'> | null;
  /** The UUID that the device itself reported while it was browsed. */
  readonly reportedUuid: string | null;
  /** The prefix that the device's UUID must have; null if the device is not named by its UUID. */
  readonly uuidPrefix: string | null;
}

/** A device that answered a browse; `identity` arrives with its probe. */
export interface BrowsedDevice {
  /** The name that an emulated device was created with. Left out: `host` without `.local`. */
  readonly name?: string;
  readonly host: string;
  readonly addresses: readonly string[];
  readonly identity: DeviceIdentity | null;
}

/** A device that this machine emulates. */
export interface EmulatedDevice {
  /** The name that it was created with. */
  readonly name: string;
  readonly address: string;
  /** Its name on the network. */
  readonly host: string;
  readonly uuid: string;
  readonly isRunning: boolean;
}

/** The ways to find a device; the wiring supplies real ones. */
export interface Lookup {
  readonly known: Pick<KnownDevices, 'list'>;
  /** Addresses of `host` (`name.local`) as mDNS answers come in; ends when quiet. */
  resolveMdns(host: string, signal: AbortSignal): AsyncIterable<string>;
  resolveDns(host: string, signal: AbortSignal): Promise<string[]>;
  /** Every device on the network, with its identity; ends when quiet. */
  browse(signal: AbortSignal): Promise<BrowsedDevice[]>;
  /** True if `address` leads to this machine itself. */
  isOwnAddress(address: string): boolean;
  /** The device that this machine emulates under exactly this name. */
  findEmulated(name: string): Promise<EmulatedDevice | undefined>;
}
