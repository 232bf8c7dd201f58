/** `local`: this machine's Docker builds, and the device gets the layers that it lacks. */
export type BuildPlace = 'device' | 'local';

/** Instructions for building an image. */
export interface Build {
  /** Where the image is built. Default: on the device. */
  readonly place?: BuildPlace | undefined;
  /** Absolute path on this machine. */
  readonly contextDirectory: string;
  readonly dockerfile: Dockerfile;
  /** null: the value comes from the Dockerfile's own default. */
  readonly args: Readonly<Record<string, string | null>>;
  readonly target: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Network mode of RUN steps. */
  readonly network: string | undefined;
  readonly cacheFrom: readonly string[];
  readonly extraHosts: readonly string[];
  readonly shmSizeBytes: number | undefined;
  readonly ulimits: readonly Ulimit[];
  readonly tags: readonly string[];
  readonly platform: string | undefined;
  readonly isNoCache: boolean;
  readonly isPull: boolean;
  /** Files that RUN finds in /run/secrets, and that no layer contains. */
  readonly secrets: readonly BuildSecret[];
}

export interface BuildSecret {
  /** Absolute path on this machine. */
  readonly file: string;
  /** Relative to /run/secrets. */
  readonly name: string;
}

export interface Dockerfile {
  /** Path of the file on this machine; for an inline one that of the compose file. */
  readonly file: string;
  /** Text that the engine gets, with template variables replaced. */
  readonly text: string;
  /** Its path in the context, with `/`; undefined when it isn't part of it (inline, a template, outside). */
  readonly nameInContext: string | undefined;
  readonly kind: 'plain' | 'template' | 'arch' | 'device-type' | 'inline';
  /** Lines of `file` before its first one, for an inline one within another file. */
  readonly lineBefore: number;
  /**
   * Set on a Dockerfile for live sync, whose directives are applied: the Dockerfile of ordinary builds. Line numbers
   * are the same in both.
   */
  readonly liveOf?: Dockerfile;
}

export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}
