import type { Runner } from '../../release/running/supervisor.ts';

/** Requests of verbs: typed, validated, and free of flags. */
import type { BuildPlace } from '../../project/build.ts';

/** The device, and the way to its engine. */
export interface DeviceRequest {
  /** A name, address or UUID. Default: `$OS_DEVICE`, the project's device, the only device that answers. */
  readonly device?: string | undefined;
  readonly via: 'tcp' | 'ssh';
  readonly enginePort?: number | undefined;
  /** Private key for SSH. */
  readonly identityFile?: string | undefined;
}

/** The project of a source directory. */
export interface ProjectRequest {
  readonly source: string;
  readonly composeFiles: readonly string[];
  readonly dockerfile?: string | undefined;
  /** Default: the name that the project has by itself. */
  readonly projectName?: string | undefined;
  readonly envFiles: readonly string[];
  readonly profiles: readonly string[];
  /** Named services, whose profiles are enabled. Default: none. */
  readonly services?: readonly string[] | undefined;
  /** Variables for services, `KEY` or `SERVICE:KEY` with their values; later ones win. */
  readonly variables: readonly (readonly [string, string])[];
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The machine that builds the images. Default: that of the project's os.yml, else the device. */
  readonly buildPlace?: BuildPlace | undefined;
}

/** The runner of a project. */
export interface RunnerRequest {
  /** Default: the one that keeps the project already, else the engine. */
  readonly runner?: Runner | undefined;
  /** True: the project is moved to that runner, and what others posted to the supervisor is replaced. */
  readonly takesOver?: boolean | undefined;
  /** False: its volumes are not copied there. Default: true. */
  readonly copiesVolumes?: boolean | undefined;
  /** True: a supervisor replaces services although they hold an update lock. Default: false. */
  readonly overridesLocks?: boolean | undefined;
}

/** The services of a project, and how their images are built. */
export interface BuildRequest extends RunnerRequest {
  readonly target: DeviceRequest;
  readonly project: ProjectRequest;
  /** Services, to which their dependencies are added; empty for all. */
  readonly services: readonly string[];
  readonly isCacheUsed: boolean;
  /** False: every image is built in full. Default: true. */
  readonly usesDeltas?: boolean | undefined;
  /** True if newer base images are looked for. */
  readonly isPulled: boolean;
  readonly registrySecretsFile?: string | undefined;
}

export interface PlanRequest extends BuildRequest {
  readonly removesOrphans: boolean;
  /** True if images are built for live sync. */
  readonly isLive: boolean;
}

export interface PushRequest extends PlanRequest {
  /** True: follows the logs, and if it is live syncs edits, once the services are up. */
  readonly isAttached: boolean;
}

/** A project that runs on a device, independent of any sources. */
export interface RunningRequest {
  readonly target: DeviceRequest;
  readonly project: ProjectRequest;
}
