/** Objects on an engine, as observed. All text came from the device and is hostile until sanitised. */

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
  /** Name of a volume; null for other mounts. */
  readonly name: string | null;
  readonly destination: string;
}

export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  /** Image reference that the container was created with. */
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
  /** `default`, `host`, `none`, `container:ID` or a network's name; empty if the engine does not report it. */
  readonly networkMode: string;
  /** Its own addresses, IPv4 first; none of a container that has no network of its own, or does not run. */
  readonly addresses: readonly string[];
}

export type Health = 'starting' | 'healthy' | 'unhealthy';

export interface ContainerDetails {
  readonly id: string;
  readonly name: string;
  readonly state: ContainerState;
  readonly exitCode: number;
  readonly isOomKilled: boolean;
  /** Reason why it could not be started; empty if it could. */
  readonly error: string;
  readonly restartCount: number;
  /** RFC 3339 with nanoseconds, by the device's clock, as is `startedAt`. */
  readonly createdAt: string;
  readonly startedAt: string;
  /** null: it has no health check. */
  readonly health: Health | null;
  /** Output of the last health check. */
  readonly healthOutput: string;
  readonly isTty: boolean;
  /** Seconds from the signal that ends it until it is killed; null: the engine's own. */
  readonly stopTimeoutS: number | null;
  /** Environment that its programs start with. */
  readonly environment: Readonly<Record<string, string>>;
  /** User in the container's configuration, e.g. `node` or `1000:1000`; empty: root. */
  readonly user: string;
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
  /** Working directory of its containers. */
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
  /** By the device's clock, RFC 3339, in whole seconds; left out where the engine does not say. */
  readonly createdAt?: string;
  /** Directory on the device that holds its data; left out where the engine does not say. */
  readonly mountPoint?: string;
}

export interface EngineInfo {
  /** Created by the engine at its first start, and kept; empty if an engine has none. */
  readonly id: string;
  /** In the form of `uname -m`. */
  readonly architecture: string;
  readonly cpus: number;
  readonly loggingDriver: string;
  /** The device's clock, RFC 3339. */
  readonly systemTime: string;
  /** Directory in which the engine stores images and containers, e.g. `/var/lib/docker`. */
  readonly rootDirectory: string;
}

/** A container's usage so far, at one moment. null: its engine does not report it. */
export interface ContainerStats {
  /** By the device's clock. */
  readonly readMs: number | null;
  /** Processor time of the container. */
  readonly cpuNs: number | null;
  /** Processor time of the whole device, over all CPUs. */
  readonly systemNs: number | null;
  readonly cpus: number;
  /** In use, without cache that the kernel can drop at once. */
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number | null;
  readonly receivedBytes: number | null;
  readonly sentBytes: number | null;
  readonly readBytes: number | null;
  readonly writtenBytes: number | null;
  readonly processes: number | null;
}

/** The file, directory or link at a path of a container. */
export type FoundPath =
  /** `special`: a device, a pipe or a socket; `other`: a file, as a rule. */
  | { readonly kind: 'directory' | 'special' | 'other' }
  | {
      readonly kind: 'symlink';
      /** Target as an absolute path in the container, after all links are followed. */
      readonly leadsTo: string;
    };

/** The configuration of an image, as an archive of it has it; `layers` are the digests of its uncompressed layers. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly created: string;
  /** Image configuration in the engine's own spelling. */
  readonly config: object;
  /** The oldest step first. */
  readonly history: readonly object[];
  readonly layers: readonly string[];
  /** Total size of all layers. */
  readonly sizeBytes: number;
}

/** A step of the build of an image. */
export interface HistoryEntry {
  /** Undefined if the engine has no image of that step, as for images that were loaded or pulled. */
  readonly id: string | undefined;
  /** The instruction as the builder recorded it, e.g. `/bin/sh -c #(nop) COPY dir:1234 in /app `. */
  readonly createdBy: string;
}
