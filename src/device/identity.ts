/** Facts that a device reports about itself. All text came from the device and is hostile until sanitised. */

export type Variant = 'production' | 'development' | 'standalone';

export interface EngineIdentity {
  /** The TCP port that answered. */
  readonly port: number;
  /** Engine version, e.g. `20.10.24`. */
  readonly version: string | null;
  /** Highest API version, e.g. `1.41`. */
  readonly apiVersion: string | null;
  /** The engine's own unique id (`GET /info` `.ID`). */
  readonly id: string | null;
}

/** The mode of a supervisor that answers, as far as the network sees it. */
export type SeenMode = 'unmanaged' | 'local-mode' | 'local-mode-off' | 'local-mode-left';

/** The mode of a supervisor that does not answer; `none`: the device has none. */
export type SilentMode = 'none' | 'down' | 'local-mode-off' | 'local-mode-left';

/** Result of a probe; null means "not known", never "no". */
export interface DeviceIdentity {
  readonly uuid: string | null;
  readonly hostname: string | null;
  readonly variant: Variant | null;
  /** Host OS version, e.g. `2.0.0+rev2`. */
  readonly osVersion: string | null;
  /** For people, e.g. `Resin OS 2.0.0+rev2`. */
  readonly osName: string | null;
  readonly deviceType: string | null;
  /** `rpi`, `armv7hf`, `aarch64`, `amd64`, `i386`. */
  readonly arch: string | null;
  /** null: its ports were probed and none answered. */
  readonly engine: EngineIdentity | null;
  readonly supervisor: {
    readonly port: number;
    readonly version: string | null;
    /** null: it does not say. Left out by earlier versions. */
    readonly mode?: SeenMode | null;
    /** False: what could not be read, such as config.json, may say another mode. Left out by earlier versions. */
    readonly isModeSure?: boolean;
  } | null;
  /**
   * A supervisor whose port does not answer, by what engine and host say. null: it answers, or nothing is known. Left out by
   * earlier versions.
   */
  readonly silentSupervisor?: {
    readonly version: string | null;
    readonly mode: SilentMode;
    readonly isModeSure: boolean;
  } | null;
  /** True if the SSH port accepts connections. */
  readonly isSshOpen: boolean;
}
