import type { Engine, RegistryLogin } from '../../engine/engine.ts';
import type { Project } from '../../project/project.ts';
import type { SupervisorBeside } from '../running/supervisor-note.ts';
import type { Runner } from '../running/supervisor.ts';
import type { LocalDocker } from '../build/local/local-builder.ts';
import type { BuildMemory } from '../build/build-memory.ts';
import type { PushEvent, Report } from './events.ts';

export interface PushDependencies {
  readonly engine: Engine;
  /** For URLs. */
  readonly address: string;
  /** For the registries that these references lead to. */
  readonly logins: (references: readonly string[]) => Promise<Readonly<Record<string, RegistryLogin>>>;
  /** Returns the bytes free where the engine keeps images; undefined if they cannot be determined. */
  readonly readFreeBytes: (signal: AbortSignal) => Promise<number | undefined>;
  readonly engineSocket: string;
  readonly memory: BuildMemory;
  /** This machine's Docker, for images that are built here or that the device can't pull. */
  readonly local: LocalDocker;
  /** Returns what the supervisor beside the engine means for this push; undefined if the session knows it already. */
  readonly describeSupervisor?: ((supervisor: SupervisorBeside) => Promise<string | undefined>) | undefined;
  readonly report: Report<PushEvent>;
  readonly signal: AbortSignal;
}

export interface PushRequest {
  readonly project: Project;
  /** Names of services; empty for all. */
  readonly services: readonly string[];
  readonly isCacheUsed: boolean;
  /** False: every image is built in full. Default: true. */
  readonly usesDeltas?: boolean | undefined;
  readonly isPulled: boolean;
  readonly removesOrphans: boolean;
  /** Upper limit in seconds for stopping an old container, for services with a longer grace period. */
  readonly longestStopS?: number | undefined;
  /** Default: the one that keeps the project's containers, else the engine. */
  readonly runner?: Runner | undefined;
  /** True: the project is moved to another runner, and what others have posted to the supervisor is replaced. */
  readonly takesOver?: boolean | undefined;
  /** False: a move to another runner copies no volumes, and services start with those that are there. Default: true. */
  readonly copiesVolumes?: boolean | undefined;
  /** True: a supervisor replaces services although they hold an update lock. Default: false. */
  readonly overridesLocks?: boolean | undefined;
  /**
   * Brings the project from another runner: copies its data, and ends it there. Called under the lock once all images are made, so
   * that a build that fails leaves the project running; its signal ends also when the lock is lost. Default: no other has it.
   */
  readonly bringOver?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** True: `bringOver` only copies the data of a project that has no containers. Default: false. */
  readonly bringsOnlyData?: boolean | undefined;
  /** `plan`: changes nothing. `build`: builds images and leaves containers alone. */
  readonly extent: 'all' | 'build' | 'plan';
}
