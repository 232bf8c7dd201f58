/** What a device should run, in the engine's terms: made of a project, before anything of the device is known. */
import type { ContainerBody } from '../engine/container-body.ts';
import type { ContainerFile } from '../engine/engine.ts';
import type { BuildContext } from '../project/context/build-context.ts';
import type { Build } from '../project/build.ts';
import type { BuildStep } from '../project/dockerfile/build-steps.ts';
import type { Dependency } from '../project/service.ts';

export interface DesiredRelease {
  readonly project: string;
  /** Each after what it depends on. */
  readonly services: readonly DesiredService[];
  readonly networks: readonly DesiredObject[];
  readonly volumes: readonly DesiredObject[];
}

/** A network or volume. `hash` tells one configuration from another. */
export interface DesiredObject {
  readonly name: string;
  readonly isExternal: boolean;
  readonly hash: string;
  /** What the engine is asked to create. */
  readonly body: Readonly<Record<string, unknown>> & {
    readonly Name: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
}

export interface DesiredService {
  readonly service: string;
  readonly containerName: string;
  readonly image: DesiredImage;
  /** What the container is made of; the image's id and the labels that tell of it are added when it is known. */
  readonly body: ContainerBody;
  /** Tells one configuration from another, the image left out. */
  readonly configHash: string;
  /** Sources of mounts that are left out where the device lacks them. */
  readonly optionalSources: readonly string[];
  /** Networks to join after the first, with the endpoint's settings. */
  readonly furtherNetworks: readonly { readonly network: string; readonly endpoint: object }[];
  readonly dependsOn: readonly Dependency[];
  /** Services whose container this one lives in (network, pid, ipc). */
  readonly livesWith: readonly string[];
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

/** `live`: the directives of the Dockerfile for live sync have made another image of it. */
export type BuildVariant = 'live' | undefined;

/** Everything that goes into an image, and digests of it by what a person would call the parts. */
export interface BuildRecipe {
  readonly build: Build;
  readonly context: BuildContext;
  readonly digests: {
    readonly dockerfile: string;
    readonly options: string;
    readonly variant: BuildVariant;
  };
  /** Of the context; undefined as long as nothing depends on it. */
  readonly contents: ContextContents | undefined;
  /** Of a context that was built before, when it is remembered. */
  readonly former: RememberedContext | undefined;
  readonly steps: readonly BuildStep[];
  readonly formerBuild: RememberedBuild | undefined;
  /** What FROM and COPY --from name outside of the build. */
  readonly baseImages: readonly string[];
  readonly isPulled: boolean;
  readonly isCacheUsed: boolean;
}

/** A recipe whose context was read. */
export type KnownRecipe = BuildRecipe & { readonly contents: ContextContents };

export interface ContextContents {
  /** Of the whole. */
  readonly digest: string;
  readonly entries: ContextEntries;
  /** Those that COPY can take. */
  readonly copied: ContextEntries;
}

/** Digests of a context's entries, by name. */
export type ContextEntries = ReadonlyMap<string, string>;

/** A context that was built: enough to tell what changed since. */
export interface RememberedContext {
  readonly context: string;
  readonly entries: ContextEntries;
}

/** A step of a build that has ended well; nothing in it can be read back. */
export interface TracedStep {
  readonly key: string;
  readonly text: string;
  /** Digests of build arguments, by name. */
  readonly args: Readonly<Record<string, string>>;
  /** Digest of the files it took. */
  readonly files: string;
  readonly origin: string | undefined;
}

/** The last build of a service, and the keys of all steps that the engine has made for it. */
export interface RememberedBuild {
  readonly context: string;
  readonly steps: readonly TracedStep[];
  readonly keys: readonly string[];
}
