/** A device as its mDNS records describe it. All text came from the network and is hostile until sanitised. */
export interface FoundDevice {
  /** Unique per (interface, service instance). */
  readonly key: string;
  /** The service instance: often the host name, but `name #2` after a conflict. Not an identity. */
  readonly instance: string;
  /** SRV target, e.g. `mydevice.local`. */
  readonly host: string;
  /** SRV port, 22222 on every released OS. */
  readonly port: number;
  /** IPv4 before IPv6, the address it answered from first within its family; link-local IPv6 with `%zone`. Never empty. */
  readonly addresses: string[];
  /** Names of the local interfaces it answered on. */
  readonly interfaces: string[];
}

/** `interface-failed`: one way of asking on that interface does not work; another one may. */
export type DiscoveryEvent =
  | { readonly type: 'found'; readonly device: FoundDevice }
  | { readonly type: 'changed'; readonly device: FoundDevice }
  | { readonly type: 'lost'; readonly device: FoundDevice }
  | InterfaceFailure;

export interface InterfaceFailure {
  readonly type: 'interface-failed';
  readonly interface: string;
  readonly family: 4 | 6;
  /** errno, e.g. `EADDRINUSE`. */
  readonly code: string;
  /** The same for people. */
  readonly reason: string;
}
