/** The state of a project on a device, and this machine's memory of its builds. */
import type { BuildFacts } from '../build/build-memory.ts';
import type { SupervisorBeside } from '../running/supervisor-note.ts';
import type { ContainerSummary, ImageDetails, NetworkSummary, VolumeSummary } from '../../engine/objects.ts';

export interface LocalImages {
  /** Names of images that the device lacks, must not pull, and gets from this machine. */
  readonly names: ReadonlySet<string>;
  /** The reason if this machine's Docker cannot say what it has; undefined if it can, or was not asked. */
  readonly silence?: string | undefined;
}

export interface ObservedRelease {
  /** Containers of the project, in any state. */
  readonly containers: readonly ContainerSummary[];
  /** Containers that are not of the project. Default: none. */
  readonly others?: readonly ContainerSummary[] | undefined;
  /** The on-device supervisor's container. */
  readonly supervisor: SupervisorBeside | undefined;
  /** By reference; those that are there. */
  readonly images: ReadonlyMap<string, ImageDetails>;
  /** By name. */
  readonly networks: ReadonlyMap<string, NetworkSummary>;
  readonly volumes: ReadonlyMap<string, VolumeSummary>;
  /** By service: dependencies with `restart: true` whose container is newer than the service's last start. */
  readonly missedRestarts: ReadonlyMap<string, readonly string[]>;
  /** Default: none was looked for. */
  readonly localImages?: LocalImages | undefined;
  /** By service. */
  readonly builds: ReadonlyMap<string, BuildFacts>;
}
