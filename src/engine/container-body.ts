/** The fields of `POST /containers/create` that this program sets (Engine API 1.41). */
export interface ContainerBody {
  readonly Image: string;
  readonly Labels: Record<string, string>;
  readonly StopTimeout?: number | undefined;
  readonly HostConfig: HostConfig;
  readonly NetworkingConfig?: { readonly EndpointsConfig: Record<string, Record<string, unknown>> };
  [field: string]: unknown;
}

export interface HostConfig {
  /** `volume:/path:rw`; a source that is a path is created if it is missing. */
  readonly Binds?: readonly string[];
  readonly Mounts?: readonly EngineMount[];
  /** Options by target. */
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly NetworkMode?: string;
  /** By `80/tcp`. */
  readonly PortBindings?: Readonly<Record<string, readonly PortBinding[]>>;
  readonly ReadonlyRootfs?: boolean | undefined;
  [field: string]: unknown;
}

export interface EngineMount {
  readonly Type: 'bind';
  readonly Source: string;
  readonly Target: string;
  readonly ReadOnly: boolean;
  readonly BindOptions?: { readonly Propagation: string };
}

export interface PortBinding {
  readonly HostIp: string;
  readonly HostPort: string;
}
