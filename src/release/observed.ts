/** What a device has of a project. */
import type { ContainerSummary, ImageDetails, NetworkSummary, VolumeSummary } from '../engine/objects.ts';

export interface ObservedRelease {
  /** Of the project, in whatever state. */
  readonly containers: readonly ContainerSummary[];
  /** By reference; those that are there. */
  readonly images: ReadonlyMap<string, ImageDetails>;
  /** By name. */
  readonly networks: ReadonlyMap<string, NetworkSummary>;
  readonly volumes: ReadonlyMap<string, VolumeSummary>;
}
