/** The desired state of a device in the engine's terms, derived from a project alone, without facts of the device. */
import type { ContainerBody } from '../../engine/container-body.ts';
import type { ContainerFile } from '../../engine/engine.ts';
import type { BuildContext } from '../../project/context/build-context.ts';
import type { Build, BuildPlace } from '../../project/build.ts';
import type { BuildStep } from '../../project/dockerfile/evaluate/build-steps.ts';
import type { Dependency } from '../../project/service.ts';
import type { FeatureContext } from './add-features.ts';
import type { Origin } from './origin.ts';

export interface DesiredRelease {
  readonly project: string;
  readonly origin: Origin;
  /** Each after its dependencies. */
  readonly services: readonly DesiredService[];
  readonly networks: readonly DesiredObject[];
  readonly volumes: readonly DesiredObject[];
  /** The volume of the feature `extra-firmware`, created if a service has the feature. */
  readonly extraFirmware: DesiredObject;
  /** For features that labels of images switch on. */
  readonly featureContext: FeatureContext;
}

/** A network or volume. `hash` identifies its configuration. */
export interface DesiredObject {
  readonly name: string;
  readonly isExternal: boolean;
  readonly hash: string;
  /** Body of the engine's create request. */
  readonly body: Readonly<Record<string, unknown>> & {
    readonly Name: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
}

export interface DesiredService {
  readonly service: string;
  readonly containerName: string;
  readonly image: DesiredImage;
  /** Configuration of the container; the image's id and the labels that refer to it are added when it is known. */
  readonly body: ContainerBody;
  /** Tells one configuration from another, the image left out. */
  readonly configHash: string;
  /** Sources of mounts that are omitted if the device lacks them. */
  readonly optionalSources: readonly string[];
  /** Networks to join after the first, with the endpoint's settings. */
  readonly furtherNetworks: readonly { readonly network: string; readonly endpoint: object }[];
  readonly dependsOn: readonly Dependency[];
  /** Services whose namespaces this container shares (network, pid, ipc). */
  readonly livesWith: readonly string[];
  /** Services whose volumes this container mounts too, as they are when it is created. */
  readonly takesVolumesOf: readonly string[];
  /** Files put into the container before it starts. */
  readonly files: readonly ContainerFile[];
}

export type DesiredImage =
  | {
      readonly from: 'registry';
      readonly reference: string;
      readonly pull: PullRule;
      readonly platform: string | undefined;
    }
  | { readonly from: 'build'; readonly reference: string; readonly recipe: BuildRecipe };

export type PullRule = 'missing' | 'always' | 'never';

/** `live`: the image was built with the Dockerfile's directives for live sync. */
export type BuildVariant = 'live' | undefined;

/** All inputs of an image, and digests of its parts. Contains no facts of a device: several can share it. */
export interface BuildRecipe {
  readonly build: Build;
  readonly context: BuildContext;
  readonly digests: {
    readonly dockerfile: string;
    readonly options: string;
    readonly variant: BuildVariant;
  };
  readonly steps: readonly BuildStep[];
  /** The images outside of the build that FROM and COPY --from name. */
  readonly baseImages: readonly string[];
  readonly isPulled: boolean;
  readonly isCacheUsed: boolean;
  /** The machine that builds the image. Default: the device. */
  readonly place?: BuildPlace | undefined;
}
