/** What an engine holds, as observed. Every text came from the device and is hostile until sanitised. */

export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

export interface PublishedPort {
  readonly privatePort: number;
  /** null: exposed, not published. */
  readonly publicPort: number | null;
  readonly address: string | null;
  readonly protocol: string;
}

export interface ContainerMount {
  readonly type: string;
  /** Of a volume. */
  readonly name: string | null;
  readonly destination: string;
}

export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  /** As it was asked for. */
  readonly image: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: ContainerState;
  /** For people, e.g. `Up 3 minutes (healthy)`. */
  readonly status: string;
  /** Seconds since 1970. */
  readonly createdS: number;
  readonly ports: readonly PublishedPort[];
  readonly mounts: readonly ContainerMount[];
  /** Network names. */
  readonly networks: readonly string[];
}

export type Health = 'starting' | 'healthy' | 'unhealthy';

export interface ContainerDetails {
  readonly id: string;
  readonly name: string;
  readonly state: ContainerState;
  readonly exitCode: number;
  readonly isOomKilled: boolean;
  /** Why it could not be started, when it could not. */
  readonly error: string;
  readonly restartCount: number;
  readonly startedAt: string;
  /** null: it has no health check. */
  readonly health: Health | null;
  /** Output of the last health check. */
  readonly healthOutput: string;
  readonly isTty: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** `volume`, `bind` or `tmpfs`, and where. */
  readonly mounts: readonly { readonly type: string; readonly path: string }[];
}

export interface ImageDetails {
  readonly id: string;
  /** `name:tag`; none of an image that a newer one has replaced. */
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Paths the image declares as volumes. */
  readonly volumes: readonly string[];
  /** Ports it declares. */
  readonly exposedTcpPorts: readonly number[];
  /** What its containers start with. */
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Empty: root. */
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** ONBUILD: instructions for images that start from this one. */
  readonly onBuild: readonly string[];
}

export interface ImageSummary {
  readonly id: string;
  readonly tags: readonly string[];
  /** `name@sha256:…` */
  readonly digests: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
}

export interface NetworkSummary {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface VolumeSummary {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface EngineInfo {
  /** As `uname -m`. */
  readonly architecture: string;
  readonly cpus: number;
  readonly loggingDriver: string;
  /** The device's clock, RFC 3339. */
  readonly systemTime: string;
  /** Where the engine keeps images and containers, e.g. `/var/lib/docker`. */
  readonly rootDirectory: string;
}
