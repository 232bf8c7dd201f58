/** A plan contains everything that its execution needs: each step is one engine call, and applying decides nothing. */
import type { ContainerBody } from '../../engine/container-body.ts';
import type { ContainerFile } from '../../engine/engine.ts';
import type { BuildFacts } from '../build/build-memory.ts';
import type { BuildRecipe, DesiredObject } from '../desired/desired.ts';
import type { KeptVolume, PlanReport, Rerun, ResourceStep, ServiceReport } from './plan-report.ts';

export type ImageTask = PullTask | BuildTask;

export interface PullTask {
  readonly action: 'pull';
  readonly service: string;
  readonly reference: string;
  readonly cause: string;
  readonly platform: string | undefined;
  /** True if it must not be pulled: this machine's Docker has it. */
  readonly isLocal?: boolean;
}

export interface BuildTask {
  readonly action: 'build';
  readonly service: string;
  readonly reference: string;
  readonly cause: string;
  readonly reruns: readonly Rerun[];
  readonly recipe: BuildRecipe;
  readonly facts: BuildFacts;
}

export type ResourceTask =
  | {
      readonly action: 'create-network' | 'create-volume';
      readonly name: string;
      readonly cause: string;
      readonly body: DesiredObject['body'];
    }
  | Exclude<ResourceStep, { readonly action: 'create-network' | 'create-volume' }>;

export type ContainerTask =
  | { readonly action: 'rename'; readonly id: string; readonly from: string; readonly to: string }
  | {
      readonly action: 'create';
      readonly name: string;
      readonly keptVolumes: readonly KeptVolume[];
      readonly body: ContainerBody;
      /** Sources of bind mounts that are omitted if the device lacks them. */
      readonly optionalSources: readonly string[];
    }
  | { readonly action: 'connect'; readonly name: string; readonly network: string; readonly endpoint: object }
  | { readonly action: 'put-files'; readonly name: string; readonly files: readonly ContainerFile[] }
  | {
      readonly action: 'stop';
      readonly id: string;
      readonly name: string;
      /** Undefined: the container's own stop timeout. */
      readonly graceS: number | undefined;
    }
  | {
      readonly action: 'start' | 'restart' | 'unpause';
      readonly id: string;
      readonly name: string;
    }
  | {
      readonly action: 'remove';
      readonly id: string;
      readonly name: string;
      /** True if the service runs without this step: it may fail, and the next plan has it again. */
      readonly isOptional?: boolean;
    };

export interface ServicePlan extends Pick<ServiceReport, 'service' | 'cause' | 'after'> {
  readonly project: string;
  readonly containerName: string;
  /** The dependencies whose failure does not prevent its start. */
  readonly optionalDependencies: readonly string[];
  readonly steps: readonly ContainerTask[];
  readonly undo: readonly ContainerTask[];
  /** `8080/tcp`: ports of the device that the service publishes. */
  readonly publishedPorts: readonly string[];
}

export interface Plan extends Pick<PlanReport, 'project' | 'orphans' | 'notes'> {
  readonly images: readonly ImageTask[];
  readonly resources: readonly ResourceTask[];
  readonly services: readonly ServicePlan[];
}

/** True if there is nothing to do. */
export const isEmptyPlan = ({ images, resources, services, orphans }: Plan): boolean =>
  images.length + resources.length + services.length + orphans.filter(it => it.isRemoved).length === 0;

/** Placeholder for the id of the container that the `create` step of the same service creates. */
export const newContainer = 'new';
