/** How an image is built. */
export interface Build {
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
  /** Files that RUN finds in /run/secrets, and that no layer holds. */
  readonly secrets: readonly BuildSecret[];
}

export interface BuildSecret {
  /** Absolute path on this machine. */
  readonly file: string;
  /** Relative to /run/secrets. */
  readonly name: string;
}

export interface Dockerfile {
  /** Where it comes from: a path of this machine; for an inline one the compose file. */
  readonly file: string;
  /** What the engine gets, template variables replaced. */
  readonly text: string;
  /** Its path in the context, with `/`; undefined when it isn't part of it (inline, a template, outside). */
  readonly nameInContext: string | undefined;
  readonly kind: 'plain' | 'template' | 'arch' | 'device-type' | 'inline';
  /** Lines of `file` before its first one: an inline one stands within another file. */
  readonly lineBefore: number;
  /** What other builds get, where this is the text for live sync, its directives carried out; lines stay where they are. */
  readonly liveOf?: Dockerfile;
}

export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}
