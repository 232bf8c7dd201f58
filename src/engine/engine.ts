/**
 * A device's engine, in the few words this program needs. Every method throws OsError: `connection-lost`,
 * `engine-missing` (no such object), `engine-conflict`, `engine-refused`, `no-space`, or the reason of its signal.
 */
import type { Readable, Writable } from 'node:stream';
import type { ContainerBody } from './container-body.ts';
import type {
  ContainerDetails,
  ContainerStats,
  ContainerSummary,
  EngineInfo,
  FoundPath,
  HistoryEntry,
  ImageConfig,
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
  /** None: the image gets no name. */
  readonly tags: readonly string[];
  /** In the context. */
  readonly dockerfile: string;
  readonly buildArgs?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly target?: string | undefined;
  readonly networkMode?: string | undefined;
  readonly extraHosts?: readonly string[];
  readonly shmSizeBytes?: number | undefined;
  /** Limits for RUN in the engine's spelling: `{Name, Soft, Hard}`. */
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

/** A message of the engine during a build or pull. */
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
  /** Mount point of the volume that holds it: the only path by which the engine writes to a container with a read-only root. */
  readonly volume?: string | undefined;
}

export interface LogOptions {
  readonly follow: boolean;
  /** Number of last lines; undefined for all. */
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
  /** Name or number, as in the container; undefined: the container's own. The same holds for the members below. */
  readonly user?: string | undefined;
  readonly workingDirectory?: string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  /** With all capabilities, also those that the container itself was denied. */
  readonly isPrivileged?: boolean;
  /** False closes the program's stdin; by default it can be written to. */
  readonly hasInput?: boolean;
  /** Aborts the opening; what is open is closed by disposing it. */
  readonly signal: AbortSignal;
}

/** A program that runs in a container. Disposing it closes the connection, which ends a program that reads stdin. */
export interface ExecStream extends AsyncDisposable {
  /** Resolves when the connection has taken all of it. Throws OsError `connection-lost`. */
  write(data: Buffer): Promise<void>;
  /** Output of the program, until it ends. */
  readonly output: AsyncIterable<LogChunk>;
  /** Exit code of a program that has ended. */
  readExitCode(signal: AbortSignal): Promise<number>;
}

/** Of a terminal, in cells. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface AttachOptions extends Pick<
  ExecOptions,
  'command' | 'user' | 'workingDirectory' | 'environment' | 'signal'
> {
  /** The size of the terminal that the program runs in; undefined: in none. */
  readonly terminal?: TerminalSize | undefined;
}

/** A program that runs in a container, with binary streams and back-pressure. Disposing it closes the connection alone. */
export interface AttachedExec extends AsyncDisposable {
  /** `end()` closes the program's standard input and nothing else. */
  readonly stdin: Writable;
  /** Both have to be read to their ends: they share one connection. On a terminal everything comes from `stdout`. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * The exit status, once the program has ended and all it printed was passed on; 128 + n after signal n, 126 or 127 where
   * the engine could not start it. Rejected with OsError `connection-lost`, or `engine-missing` where the container is gone.
   */
  readonly ended: Promise<number>;
  resize(size: TerminalSize): Promise<void>;
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
  /** True if the engine mounts `volumes` of a build: balenaEngine does, and Docker ignores them without an error. */
  canMountInBuilds(signal?: AbortSignal): Promise<boolean>;
  /** Bytes that the layers of all images take together. */
  readLayersBytes(signal?: AbortSignal): Promise<number>;

  listContainers(labels: LabelFilter, signal?: AbortSignal): Promise<ContainerSummary[]>;
  getContainer(id: string, signal?: AbortSignal): Promise<ContainerDetails>;
  /** Returns its id. Bind mounts whose source is one of `optionalSources` and missing on the device are left out. */
  createContainer(
    name: string,
    body: ContainerBody,
    options?: { readonly optionalSources?: readonly string[]; readonly signal?: AbortSignal },
  ): Promise<string>;
  startContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** Left out: the container's own stop timeout. */
  stopContainer(
    id: string,
    options?: { readonly graceS?: number | undefined; readonly signal?: AbortSignal },
  ): Promise<void>;
  restartContainer(
    id: string,
    options?: { readonly graceS?: number | undefined; readonly signal?: AbortSignal },
  ): Promise<void>;
  unpauseContainer(id: string, signal?: AbortSignal): Promise<void>;
  renameContainer(id: string, name: string, signal?: AbortSignal): Promise<void>;
  /** Removes it, running or not, with its anonymous volumes if `volumes` is true. No error if it is missing. */
  removeContainer(
    id: string,
    options?: { readonly volumes?: boolean; readonly signal?: AbortSignal },
  ): Promise<void>;
  /** Puts files into a container, running or not, and creates their directories. */
  putFiles(id: string, files: readonly ContainerFile[]): Promise<void>;
  /** Unpacks a tar of absolute names into a container, running or not. Refuses to replace a directory by a file. */
  putArchive(id: string, tar: Buffer | Readable, signal?: AbortSignal): Promise<void>;
  /** Unpacks a tar in `directory` of a container, running or not, as it comes; what is cut off leaves a part. */
  putTar(id: string, directory: string, tar: Readable, signal: AbortSignal): Promise<void>;
  /**
   * Returns the file or directory at `path` of a container, running or not, as a tar whose names begin with the last
   * part of `path`.
   */
  getArchive(id: string, path: string, signal: AbortSignal): Promise<Readable>;
  /**
   * Returns the type of the file at `path` of a container, running or not, following links; undefined if there is none.
   */
  statPath(id: string, path: string, signal: AbortSignal): Promise<FoundPath | undefined>;
  /** Runs a program in a running container. Throws OsError `engine-refused` or `engine-conflict` if it can't. */
  openExec(id: string, options: ExecOptions): Promise<ExecStream>;
  /** Runs a program in a running container for whoever reads and writes its streams. Throws as `openExec` does. */
  attachExec(id: string, options: AttachOptions): Promise<AttachedExec>;
  readLogs(id: string, options: LogOptions): AsyncIterable<LogChunk>;
  /** Yields a container's usage once a second, until it is gone. */
  watchStats(id: string, signal: AbortSignal): AsyncIterable<ContainerStats>;

  findImage(reference: string, signal?: AbortSignal): Promise<ImageDetails | undefined>;
  /** All parts of an archive of the image except its layers. */
  readImageConfig(id: string, signal?: AbortSignal): Promise<ImageConfig | undefined>;
  /** Loads an archive of images. Layers that the engine has may be left out of it. */
  loadImage(archive: Readable, signal: AbortSignal): AsyncIterable<EngineMessage>;
  /** The steps an image was built in, the newest first. */
  readHistory(id: string, signal?: AbortSignal): Promise<HistoryEntry[]>;
  listImages(labels: LabelFilter, signal?: AbortSignal): Promise<ImageSummary[]>;
  /** Gives the image another name; an image that had it loses it. */
  tagImage(
    id: string,
    name: { readonly repository: string; readonly tag: string },
    signal?: AbortSignal,
  ): Promise<void>;
  /** Removes the image, or one of its names: the image is deleted with its last name. No error if it is missing. */
  removeImage(id: string, signal?: AbortSignal): Promise<void>;
  /**
   * Builds with the classic builder. Throws OsError `build-failed` for faults of the project, and `engine-conflict` if
   * a concurrent build interfered, so that it may be retried.
   */
  buildImage(context: Readable, options: BuildOptions): AsyncIterable<EngineMessage>;
  pullImage(
    reference: string,
    options: {
      readonly login?: RegistryLogin | undefined;
      readonly platform?: string | undefined;
      readonly signal: AbortSignal;
    },
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
  /** No error if it is missing. */
  removeVolume(name: string): Promise<void>;

  /** Yields events from now on, or from `since`, until `signal` aborts. */
  watchEvents(options: {
    readonly types: readonly string[];
    readonly labels?: LabelFilter;
    readonly since?: string | undefined;
    readonly signal: AbortSignal;
    /** Called when the engine has started to report. */
    readonly onOpen?: () => void;
  }): AsyncIterable<EngineEvent>;
}
