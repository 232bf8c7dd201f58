/** What a live session needs of those who open it. */
import type { Clock } from '../../core/clock.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Project } from '../../project/project.ts';
import type { Report } from '../events.ts';
import type { Confirm } from './pause.ts';

/** How what a device runs differs from the sources when a session begins. */
export interface Drift {
  readonly service: string;
  /** Why it has to be built or made anew; undefined where bringing files there is enough. */
  readonly cause: string | undefined;
  /** Of the context, what is not as it was when the image was built; a directory's name ends in a slash. */
  readonly names: readonly string[];
  /** What an earlier session has brought to the container. */
  readonly synced: readonly string[];
}

export interface LiveOptions {
  readonly engine: Engine;
  readonly project: Project;
  /** The services of it to keep in sync. */
  readonly select: (project: Project) => readonly string[];
  /** Reads the project again. Throws OsError `project-invalid`. */
  readonly readProject: () => Promise<Project>;
  /** Makes the device run these services of the project, or all. Throws OsError where they can't be built or started. */
  readonly push: (project: Project, services: readonly string[], signal: AbortSignal) => Promise<void>;
  readonly findDrift: (project: Project, signal: AbortSignal) => Promise<readonly Drift[]>;
  /** Told what a service's container has and its image does not, whenever that may be something else. */
  readonly keepUnbuilt: (service: string, names: readonly string[]) => void;
  /** Undefined where nobody can be asked. */
  readonly confirm: Confirm | undefined;
  readonly report: Report;
  readonly clock: Clock;
}
