import type { Engine, RegistryLogin } from '../../engine/engine.ts';
import type { BuildEvent, Report } from '../apply/events.ts';
import type { ObservedRelease } from '../plan/observed.ts';
import type { BuildTask } from '../plan/plan.ts';
import type { BuildMemory } from './build-memory.ts';
import type { DeviceSpace } from './device-space.ts';

export interface BuiltImage {
  readonly id: string;
  /** Bytes of files that were sent for it. */
  readonly sentBytes: number;
}

/** One way to build an image. Tags the image, records its sources, and stores the facts of the build. */
export interface ImageBuilder {
  /** Undefined: this way does not apply to `task`, and another has to be taken. Throws OsError `build-failed`. */
  build(
    task: BuildTask,
    images: ObservedRelease['images'],
    signal: AbortSignal,
  ): Promise<BuiltImage | undefined>;
}

export type BuildingEngine = Pick<
  Engine,
  | 'buildImage'
  | 'getArchive'
  | 'loadImage'
  | 'readImageConfig'
  | 'statPath'
  | 'createContainer'
  | 'createVolume'
  | 'findImage'
  | 'listContainers'
  | 'listVolumes'
  | 'pullImage'
  | 'putFiles'
  | 'removeContainer'
  | 'removeImage'
  | 'removeVolume'
  | 'tagImage'
  | 'where'
>;

export interface BuildDependencies {
  readonly engine: BuildingEngine;
  readonly logins: Readonly<Record<string, RegistryLogin>>;
  readonly report: Report<BuildEvent>;
  readonly memory: BuildMemory;
  readonly space: DeviceSpace;
}
