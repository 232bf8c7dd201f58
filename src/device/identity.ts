/** What a device says of itself. Every text here came from the device and is hostile until sanitised. */

export type Variant = 'production' | 'development' | 'standalone';

/** The well-known ports of a device (2377 by its description, 2375 on every released OS). */
export const ports = { ssh: 22222, engine: [2377, 2375], supervisor: 48484 } as const;

export interface EngineIdentity {
  /** The TCP port that answered. */
  port: number;
  /** Engine version, e.g. `20.10.24`. */
  version: string | null;
  /** Highest API version, e.g. `1.41`. */
  apiVersion: string | null;
  /** The engine's own unique id (`GET /info` `.ID`). */
  id: string | null;
}

/** What a probe found; null is "not known", never "no". */
export interface DeviceIdentity {
  uuid: string | null;
  hostname: string | null;
  variant: Variant | null;
  /** Host OS version, e.g. `2.0.0+rev2`. */
  osVersion: string | null;
  /** For people, e.g. `Resin OS 2.0.0+rev2`. */
  osName: string | null;
  deviceType: string | null;
  /** `rpi`, `armv7hf`, `aarch64`, `amd64`, `i386`. */
  arch: string | null;
  /** null: its ports were probed and none answered. */
  engine: EngineIdentity | null;
  supervisor: { port: number; version: string | null } | null;
  /** Whether the SSH port accepts connections. */
  isSshOpen: boolean;
}
