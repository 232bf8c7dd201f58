/** One service: the configuration of its container. Undefined members are left to the engine or the image. */
import type { Build, Ulimit } from './build.ts';
import type { Feature } from './features.ts';
import type { Mount } from './mount.ts';
import type { PortMapping } from './ports.ts';

export interface Service {
  readonly name: string;
  readonly containerName: string | undefined;
  /** Image to run; with `build`, the name of the result. */
  readonly image: string | undefined;
  readonly build: Build | undefined;
  readonly pullPolicy: string | undefined;
  readonly platform: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly entrypoint: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that the container does not have, also where its image sets them. */
  readonly unsetVariables: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly groupAdd: readonly string[];
  readonly workingDirectory: string | undefined;
  readonly hostname: string | undefined;
  readonly domainName: string | undefined;
  readonly macAddress: string | undefined;
  readonly hasTty: boolean;
  readonly isStdinOpen: boolean;
  readonly isInit: boolean | undefined;
  readonly isReadOnly: boolean;
  readonly stopSignal: string | undefined;
  readonly stopGracePeriodMs: number | undefined;
  readonly restart: RestartPolicy | undefined;
  readonly healthcheck: Healthcheck | undefined;
  readonly logging: Logging | undefined;
  readonly dependsOn: readonly Dependency[];
  readonly ports: readonly PortMapping[];
  readonly expose: readonly string[];
  readonly mounts: readonly Mount[];
  readonly networking: Networking;
  readonly secrets: readonly SecretUse[];
  readonly configs: readonly SecretUse[];
  readonly security: Security;
  readonly resources: Resources;
  readonly features: readonly Feature[];
  readonly dns: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly dnsSearch: readonly string[];
  /** `service` or `service:alias`, as in `links`. */
  readonly links: readonly string[];
  /** `service`, `service:ro` or `container:name`. */
  readonly volumesFrom: readonly string[];
  /** `name:address` */
  readonly extraHosts: readonly string[];
  /** `develop.watch` as written, for live sync. */
  readonly watch: readonly WatchRule[];
}

/** The services that `volumesFrom` names. */
export const volumeOwnersOf = (volumesFrom: readonly string[]): string[] =>
  volumesFrom.filter(from => !from.startsWith('container:')).map(from => from.split(':')[0] ?? '');

/** `network`: joined networks, the one with the highest priority first. The other kinds replace all networks. */
export type Networking =
  | { readonly mode: 'networks'; readonly networks: readonly NetworkUse[] }
  | { readonly mode: 'host' | 'none' | 'bridge' }
  /** A network that the device has, by its name there. */
  | { readonly mode: 'existing'; readonly network: string }
  | { readonly mode: 'service'; readonly service: string }
  | { readonly mode: 'container'; readonly container: string };

export interface NetworkUse {
  /** `key` of a Network of the project. */
  readonly network: string;
  readonly aliases: readonly string[];
  readonly ipv4Address: string | undefined;
  readonly ipv6Address: string | undefined;
  readonly linkLocalIps: readonly string[];
  readonly macAddress: string | undefined;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly priority: number;
}

export interface RestartPolicy {
  readonly name: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  readonly maximumRetries: number | undefined;
}

export interface Dependency {
  readonly service: string;
  readonly condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  readonly restart: boolean;
  readonly isRequired: boolean;
}

export interface Healthcheck {
  /** In the engine's form: `['NONE']`, `['CMD', …]`, `['CMD-SHELL', …]`; undefined: the image's. */
  readonly test: readonly string[] | undefined;
  readonly intervalMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly startPeriodMs: number | undefined;
  readonly retries: number | undefined;
}

export interface Logging {
  readonly driver: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}

export interface SecretUse {
  /** `key` of a secret or config of the project. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly uid: string | undefined;
  readonly gid: string | undefined;
  readonly mode: number | undefined;
}

export interface Security {
  readonly isPrivileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly devices: readonly DeviceMapping[];
  readonly deviceCgroupRules: readonly string[];
  readonly deviceRequests: readonly DeviceRequest[];
  readonly securityOptions: readonly string[];
  /** True if nothing of /proc and /sys is hidden or read-only. */
  readonly hasOpenSystemPaths: boolean;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly pid: string | undefined;
  readonly ipc: string | undefined;
  readonly uts: string | undefined;
  readonly usernsMode: string | undefined;
  readonly cgroup: string | undefined;
  readonly cgroupParent: string | undefined;
  readonly runtime: string | undefined;
}

export interface DeviceMapping {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly permissions: string;
}

export interface DeviceRequest {
  readonly driver: string | undefined;
  /** -1: all. */
  readonly count: number | undefined;
  readonly deviceIds: readonly string[];
  readonly capabilities: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

export interface Resources {
  readonly nanoCpus: number | undefined;
  readonly cpuShares: number | undefined;
  readonly cpuQuota: number | undefined;
  readonly cpuPeriod: number | undefined;
  readonly cpuRealtimeRuntime: number | undefined;
  readonly cpuRealtimePeriod: number | undefined;
  readonly cpuset: string | undefined;
  readonly memoryBytes: number | undefined;
  readonly memoryReservationBytes: number | undefined;
  /** Memory and swap together; -1: unlimited. */
  readonly memorySwapBytes: number | undefined;
  readonly memorySwappiness: number | undefined;
  readonly pidsLimit: number | undefined;
  readonly shmSizeBytes: number | undefined;
  readonly isOomKillDisabled: boolean | undefined;
  readonly oomScoreAdjustment: number | undefined;
  readonly ulimits: readonly Ulimit[];
  readonly blkioWeight: number | undefined;
  readonly blkioDevices: readonly BlkioDevice[];
  readonly storageOptions: Readonly<Record<string, string>>;
}

export const blkioLimits = [
  'weight_device',
  'device_read_bps',
  'device_read_iops',
  'device_write_bps',
  'device_write_iops',
] as const;

/** A limit of the reading or writing of one block device: a weight, bytes or operations a second. */
export interface BlkioDevice {
  readonly limit: (typeof blkioLimits)[number];
  readonly path: string;
  readonly value: number;
}

export const watchActions = ['rebuild', 'restart', 'sync', 'sync+restart', 'sync+exec'] as const;

export interface WatchRule {
  readonly action: (typeof watchActions)[number];
  /** Absolute path on this machine. */
  readonly path: string;
  /** Path in the container; set for synced paths. */
  readonly target: string | undefined;
  /** Command of `sync+exec`. */
  readonly exec: WatchExec | undefined;
  readonly ignore: readonly string[];
  readonly include: readonly string[];
  /** `initial_sync`; undefined if it is not given. */
  readonly isSyncedAtStart: boolean | undefined;
}

/** A program to run in the container; undefined members are the service's own. */
export interface WatchExec {
  readonly command: readonly string[];
  readonly user: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly isPrivileged: boolean;
}
