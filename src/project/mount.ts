/** A mount of a container. */
export type Mount = VolumeMount | BindMount | TmpfsMount;

interface Mounted {
  /** Absolute path in the container. */
  readonly target: string;
  readonly isReadOnly: boolean;
}

export interface VolumeMount extends Mounted {
  readonly type: 'volume';
  /** `key` of a Volume of the project; undefined: an anonymous one. */
  readonly volume: string | undefined;
  readonly isNoCopy: boolean;
}

export interface BindMount extends Mounted {
  readonly type: 'bind';
  /** A path on the device. */
  readonly source: string;
  readonly propagation: string | undefined;
  /** True if a missing source is created as a directory. */
  readonly isCreated: boolean;
  /** Left out when the device has no such path. */
  readonly isOptional: boolean;
}

export interface TmpfsMount extends Mounted {
  readonly type: 'tmpfs';
  readonly sizeBytes: number | undefined;
  readonly mode: number | undefined;
  /** Options in the short form: `size=64m,uid=1000`. */
  readonly options: string | undefined;
}
