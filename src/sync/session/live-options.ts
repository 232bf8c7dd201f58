/** A live session is opened with these capabilities. */
import type { Clock } from '../../core/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Project } from '../../project/project.ts';
import type { Report } from '../events.ts';
import type { PendingEffects } from '../container/pending-effects.ts';
import type { Confirm } from '../service/pause.ts';

/** The difference between what a device runs and the sources when a session begins. */
export interface Drift {
  readonly service: string;
  /** The cause to build the service or recreate its container; undefined if syncing files is enough. */
  readonly cause: string | undefined;
  /** Names of the context that changed since the image was built; a directory's name ends in a slash. */
  readonly names: readonly string[];
  /** Names that an earlier session synced to the container. */
  readonly synced: readonly string[];
  /** Effects that an earlier session did not carry out before it ended. */
  readonly pending: PendingEffects | undefined;
}

export interface LiveOptions {
  readonly engine: Engine;
  readonly project: Project;
  /** Returns the services of a project to keep in sync. */
  readonly select: (project: Project) => readonly string[];
  /** Reads the project again. Throws OsError `project-invalid`. */
  readonly readProject: () => Promise<Project>;
  /** Makes the device run these services of the project, or all. Throws OsError if they can't be built or started. */
  readonly push: (project: Project, services: readonly string[], signal: AbortSignal) => Promise<void>;
  readonly findDrift: (project: Project, signal: AbortSignal) => Promise<readonly Drift[]>;
  /** Called with the names that a service's container has and its image lacks, whenever these may have changed. */
  readonly keepSynced: (service: string, names: readonly string[]) => void;
  /** Called when a session of a service ends. */
  readonly keepPending: (service: string, pending: PendingEffects | undefined) => void;
  /** Undefined if nobody can be asked. */
  readonly confirm: Confirm | undefined;
  readonly report: Report;
  readonly clock: Clock;
}
