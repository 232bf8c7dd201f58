/** What a device has of a project. */
import type { ContainerSummary, ImageDetails, NetworkSummary, VolumeSummary } from '../engine/objects.ts';

export interface ObservedRelease {
  /** Of the project, in whatever state. */
  readonly containers: readonly ContainerSummary[];
  /** The name of the on-device supervisor's container where it runs. */
  readonly supervisor: string | undefined;
  /** By reference; those that are there. */
  readonly images: ReadonlyMap<string, ImageDetails>;
  /** By name. */
  readonly networks: ReadonlyMap<string, NetworkSummary>;
  readonly volumes: ReadonlyMap<string, VolumeSummary>;
}
