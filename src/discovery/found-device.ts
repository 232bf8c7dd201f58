/** A device as its mDNS records tell it. Every text came from the network and is hostile until sanitised. */
export interface FoundDevice {
  /** Unique per (interface, service instance). */
  key: string;
  /** The service instance: often the host name, but `name #2` after a conflict. Not an identity. */
  instance: string;
  /** SRV target, e.g. `mydevice.local`. */
  host: string;
  /** SRV port, 22222 on every released OS. */
  port: number;
  /** IPv4 before IPv6, the address it answered from first within its family; link-local IPv6 with `%zone`. Never empty. */
  addresses: string[];
  /** Names of the local interfaces it answered on. */
  interfaces: string[];
}

/** `interface-failed`: one way of asking on that interface does not work; another one may. */
export type DiscoveryEvent =
  | { type: 'found'; device: FoundDevice }
  | { type: 'changed'; device: FoundDevice }
  | { type: 'lost'; device: FoundDevice }
  | InterfaceFailure;

export interface InterfaceFailure {
  type: 'interface-failed';
  interface: string;
  family: 4 | 6;
  /** errno, e.g. `EADDRINUSE`. */
  code: string;
  /** The same for people. */
  reason: string;
}
