/**
 * A device's engine, in the few words this program needs. Every method throws OsError: `connection-lost`,
 * `engine-missing` (no such object), `engine-conflict`, `engine-refused`, `no-space`, or the reason of its signal.
 */
import type { Readable } from 'node:stream';
import type { ContainerBody } from './container-body.ts';
import type {
  ContainerDetails,
  ContainerSummary,
  EngineInfo,
  ImageDetails,
  ImageSummary,
  NetworkSummary,
  VolumeSummary,
} from './objects.ts';

/** Objects that carry all of these labels: name → value, or undefined for any value. */
export type LabelFilter = Readonly<Record<string, string | undefined>>;

/** User and password (or a token) of one registry. */
export interface RegistryLogin {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

export interface BuildOptions {
  /** At least one. */
  readonly tags: readonly string[];
  /** In the context. */
  readonly dockerfile: string;
  readonly buildArgs?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly target?: string | undefined;
  readonly networkMode?: string | undefined;
  readonly extraHosts?: readonly string[];
  readonly shmSizeBytes?: number | undefined;
  /** Of RUN, as the engine spells them: `{Name, Soft, Hard}`. */
  readonly ulimits?: readonly object[];
  readonly cacheFrom?: readonly string[];
  readonly platform?: string | undefined;
  readonly isCacheUsed: boolean;
  /** `SOURCE:/target:options` for every RUN; see `canMountInBuilds`. */
  readonly volumes?: readonly string[];
  /** By registry host. */
  readonly logins?: Readonly<Record<string, RegistryLogin>>;
  readonly signal: AbortSignal;
}

/** What the engine says while it builds or pulls. */
export type EngineMessage =
  | { readonly type: 'output'; readonly text: string }
  | { readonly type: 'image'; readonly id: string }
  | {
      readonly type: 'layer';
      readonly layer: string;
      readonly status: string;
      readonly doneBytes: number | null;
      readonly totalBytes: number | null;
    };

/** A file to be put into a container. */
export interface ContainerFile {
  /** Absolute. */
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface LogOptions {
  readonly follow: boolean;
  /** How many of the last lines; undefined for all. */
  readonly tail?: number | undefined;
  /** Seconds since 1970 with up to nine decimals, by the engine's clock. */
  readonly since?: string | undefined;
  readonly timestamps?: boolean;
  readonly isTty: boolean;
  readonly signal: AbortSignal;
}

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

export interface ExecOptions {
  readonly command: readonly string[];
  /** Name or number, as in the container; undefined: the container's own, as with what follows. */
  readonly user?: string | undefined;
  readonly workingDirectory?: string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  /** With all capabilities, also those that the container itself was denied. */
  readonly isPrivileged?: boolean;
  /** False: it finds its stdin at its end. As it stands, it can be written to. */
  readonly hasInput?: boolean;
  /** Aborts the opening; what is open is closed by disposing it. */
  readonly signal: AbortSignal;
}

/** A program that runs in a container. Disposing it closes the connection, which ends a program that reads stdin. */
export interface ExecStream extends AsyncDisposable {
  /** Resolves when the connection has taken all of it. Throws OsError `connection-lost`. */
  write(data: Buffer): Promise<void>;
  /** What it prints, until it ends. */
  readonly output: AsyncIterable<LogChunk>;
  /** Of a program that has ended. */
  readExitCode(signal: AbortSignal): Promise<number>;
}

export interface EngineEvent {
  /** `container`, `volume`, … */
  readonly type: string;
  /** `create`, `start`, `die`, `health_status: healthy`, … */
  readonly action: string;
  readonly id: string;
  /** Labels, and `name`, `exitCode`, … */
  readonly attributes: Readonly<Record<string, string>>;
  readonly timeNano: number;
}

export interface Engine extends AsyncDisposable {
  /** For messages, e.g. `10.0.0.5`. */
  readonly where: string;
  readInfo(signal?: AbortSignal): Promise<EngineInfo>;
  /** Whether `volumes` of a build are mounted: balenaEngine does, and Docker passes over them in silence. */
  canMountInBuilds(signal?: AbortSignal): Promise<boolean>;
  /** What all images need together. */
  readLayersBytes(signal?: AbortSignal): Promise<number>;

  listContainers(labels: LabelFilter, signal?: AbortSignal): Promise<ContainerSummary[]>;
  getContainer(id: string, signal?: AbortSignal): Promise<ContainerDetails>;
  /** Returns its id. Bind mounts whose source is one of `optionalSources` and missing on the device are left out. */
  createContainer(
    name: string,
    body: ContainerBody,
    options?: { optionalSources?: readonly string[]; signal?: AbortSignal },
  ): Promise<string>;
  startContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** Left out: the container's own stop timeout. */
  stopContainer(id: string, options?: { graceS?: number | undefined; signal?: AbortSignal }): Promise<void>;
  restartContainer(
    id: string,
    options?: { graceS?: number | undefined; signal?: AbortSignal },
  ): Promise<void>;
  unpauseContainer(id: string, signal?: AbortSignal): Promise<void>;
  renameContainer(id: string, name: string, signal?: AbortSignal): Promise<void>;
  /** With its anonymous volumes where `volumes` says so; running or not. No failure when it is gone. */
  removeContainer(id: string, options?: { volumes?: boolean; signal?: AbortSignal }): Promise<void>;
  /** Puts files into a container, running or not; their directories are made. */
  putFiles(id: string, files: readonly ContainerFile[]): Promise<void>;
  /** Unpacks a tar of absolute names, running or not. A directory that stands where a file is to be is refused. */
  putArchive(id: string, tar: Buffer, signal?: AbortSignal): Promise<void>;
  /** What is at `path` of a container, running or not, as a tar whose names begin with the last part of `path`. */
  getArchive(id: string, path: string, signal: AbortSignal): Promise<Readable>;
  /** Whether a directory is at `path` of a container, running or not, links followed; undefined where nothing is. */
  isDirectory(id: string, path: string, signal: AbortSignal): Promise<boolean | undefined>;
  /** Runs a program in a running container. Throws OsError `engine-refused` or `engine-conflict` where it can't. */
  openExec(id: string, options: ExecOptions): Promise<ExecStream>;
  readLogs(id: string, options: LogOptions): AsyncIterable<LogChunk>;

  findImage(reference: string, signal?: AbortSignal): Promise<ImageDetails | undefined>;
  listImages(labels: LabelFilter, signal?: AbortSignal): Promise<ImageSummary[]>;
  /** Gives the image another name; an image that had it loses it. */
  tagImage(
    id: string,
    name: { readonly repository: string; readonly tag: string },
    signal?: AbortSignal,
  ): Promise<void>;
  /** By its id, or one of its names: the image goes with the last one. No failure when it is gone. */
  removeImage(id: string, signal?: AbortSignal): Promise<void>;
  /** Classic builder. Throws OsError `build-failed` for whatever the project is to blame for. */
  buildImage(context: Readable, options: BuildOptions): AsyncIterable<EngineMessage>;
  pullImage(
    reference: string,
    options: { login?: RegistryLogin | undefined; platform?: string | undefined; signal: AbortSignal },
  ): AsyncIterable<EngineMessage>;

  listNetworks(labels: LabelFilter, signal?: AbortSignal): Promise<NetworkSummary[]>;
  findNetwork(name: string, signal?: AbortSignal): Promise<NetworkSummary | undefined>;
  createNetwork(body: Readonly<Record<string, unknown>> & { readonly Name: string }): Promise<void>;
  connectNetwork(network: string, container: string, endpoint: object): Promise<void>;
  disconnectNetwork(network: string, container: string): Promise<void>;
  removeNetwork(id: string): Promise<void>;

  listVolumes(labels: LabelFilter, signal?: AbortSignal): Promise<VolumeSummary[]>;
  findVolume(name: string, signal?: AbortSignal): Promise<VolumeSummary | undefined>;
  /** Creates it, or returns the one of that name with the labels it has. Atomic on the engine. */
  createVolume(body: {
    readonly Name: string;
    readonly Driver?: string;
    readonly DriverOpts?: Readonly<Record<string, string>>;
    readonly Labels: Readonly<Record<string, string>>;
  }): Promise<VolumeSummary>;
  /** No failure when it is gone. */
  removeVolume(name: string): Promise<void>;

  /** From now on, or from `since`, until `signal` aborts. */
  watchEvents(options: {
    readonly types: readonly string[];
    readonly labels?: LabelFilter;
    readonly since?: string | undefined;
    readonly signal: AbortSignal;
    /** Called when the engine has begun to report. */
    readonly onOpen?: () => void;
  }): AsyncIterable<EngineEvent>;
}
