/** The part of a plan that is reported: no variables, no labels and no contents of files, since these may hold secrets. */
import type { Dependency } from '../../project/service.ts';
import type { BuildWay } from '../build/build-memory.ts';

export interface ImageStep {
  readonly action: 'build' | 'pull';
  readonly service: string;
  readonly reference: string;
  readonly cause: string;
  /** True for an image that is not pulled: this machine's Docker has it, and it is sent. */
  readonly isLocal?: boolean;
  /** The steps of a build that the engine's cache is expected to lack. The engine decides. */
  readonly reruns?: readonly Rerun[];
  /** The probable way of the build, and its cause. */
  readonly way?: BuildWay;
  readonly wayCause?: string;
}

/** The first step of a stage that runs again. */
export interface Rerun {
  /** The engine's step number. */
  readonly step: number;
  readonly instruction: string;
  readonly cause: string;
  /** False for a step that copies from a rebuilt stage: the files may turn out to be the same. */
  readonly isCertain: boolean;
  /** The number of later steps of the same stage that run again too. */
  readonly more: number;
}

export type ResourceStep =
  | { readonly action: 'create-network' | 'create-volume'; readonly name: string; readonly cause: string }
  | {
      readonly action: 'remove-network';
      readonly name: string;
      readonly id: string;
      readonly cause: string;
    }
  | {
      readonly action: 'disconnect';
      readonly name: string;
      readonly container: string;
      readonly cause: string;
    };

/** An anonymous volume that a new container takes over from the old one. */
export interface KeptVolume {
  readonly name: string;
  readonly destination: string;
}

/** The id `new` stands for the container that the `create` step of the same service creates. */
export type ContainerStep =
  | { readonly action: 'rename'; readonly id: string; readonly from: string; readonly to: string }
  | { readonly action: 'create'; readonly name: string; readonly keptVolumes: readonly KeptVolume[] }
  | { readonly action: 'connect'; readonly name: string; readonly network: string; readonly endpoint: object }
  | { readonly action: 'put-files'; readonly name: string; readonly paths: readonly string[] }
  | {
      readonly action: 'stop' | 'start' | 'remove' | 'restart' | 'unpause';
      readonly id: string;
      readonly name: string;
    };

/** The steps of one service, in order. Services are worked on in parallel, each after those it waits for. */
export interface ServiceReport {
  readonly service: string;
  readonly cause: string;
  readonly after: readonly Pick<Dependency, 'service' | 'condition'>[];
  readonly steps: readonly ContainerStep[];
  /** The steps that put the old container back when one of `steps` fails. */
  readonly undo: readonly ContainerStep[];
}

export interface PlanReport {
  readonly project: string;
  readonly images: readonly ImageStep[];
  readonly resources: readonly ResourceStep[];
  readonly services: readonly ServiceReport[];
  /** Containers of services that the project no longer has. */
  readonly orphans: readonly { readonly id: string; readonly name: string; readonly isRemoved: boolean }[];
  /** Remarks for a person; nothing is done about them. */
  readonly notes: readonly string[];
}
