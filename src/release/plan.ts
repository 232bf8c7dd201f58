/** What a push is going to do, decided before anything is done: each step is one engine call, each group has its cause. */
import type { Dependency } from '../project/service.ts';

export interface ImageStep {
  readonly do: 'build' | 'pull';
  readonly service: string;
  readonly reference: string;
  readonly cause: string;
  /** Of a build: what the engine's cache will not answer. Only told; the engine decides. */
  readonly reruns?: readonly Rerun[];
}

/** The first step of a stage that runs again, and how many steps of that stage do so after it. */
export interface Rerun {
  /** As the engine counts. */
  readonly step: number;
  readonly instruction: string;
  readonly cause: string;
  /** False: it takes files of a stage that is made anew, and may find them the same. */
  readonly isCertain: boolean;
  readonly further: number;
}

export type SharedStep =
  | { readonly do: 'create-network' | 'create-volume'; readonly name: string; readonly cause: string }
  | { readonly do: 'remove-network'; readonly name: string; readonly id: string; readonly cause: string }
  | {
      readonly do: 'disconnect';
      readonly name: string;
      readonly container: string;
      readonly cause: string;
    };

/** A volume that no name was given to, and that a new container takes over from the old one. */
export interface KeptVolume {
  readonly name: string;
  readonly destination: string;
}

/** `new` is the container that `create` of the same lane made. */
export type ContainerStep =
  | { readonly do: 'rename'; readonly id: string; readonly from: string; readonly to: string }
  | { readonly do: 'create'; readonly name: string; readonly keptVolumes: readonly KeptVolume[] }
  | { readonly do: 'connect'; readonly name: string; readonly network: string; readonly endpoint: object }
  | { readonly do: 'put-files'; readonly name: string; readonly paths: readonly string[] }
  | {
      readonly do: 'stop' | 'start' | 'remove' | 'restart' | 'unpause';
      readonly id: string;
      readonly name: string;
    };

/** The steps of one service, in order. Lanes run beside each other, each after those it waits for. */
export interface Lane {
  readonly service: string;
  readonly cause: string;
  readonly after: readonly Pick<Dependency, 'service' | 'condition'>[];
  readonly steps: readonly ContainerStep[];
  /** What puts the old container back when a step fails. */
  readonly undo: readonly ContainerStep[];
}

export interface Plan {
  readonly project: string;
  readonly images: readonly ImageStep[];
  readonly shared: readonly SharedStep[];
  readonly lanes: readonly Lane[];
  /** Containers of services that the project has no more. */
  readonly orphans: readonly { readonly id: string; readonly name: string; readonly isRemoved: boolean }[];
  /** What a person should know although nothing is done about it. */
  readonly notes: readonly string[];
}

/** Whether there is nothing to do. */
export const isEmptyPlan = ({ images, shared, lanes, orphans }: Plan): boolean =>
  images.length + shared.length + lanes.length + orphans.filter(it => it.isRemoved).length === 0;

/** The id that stands for the container which the lane's `create` step makes. */
export const newContainer = 'new';
