import type { DigestCache } from '../../project/context/content/digest-context.ts';

/** Digests of a context's entries, by name. */
export type ContextEntries = ReadonlyMap<string, string>;

export interface ContextContents {
  /** Digest of the whole context. */
  readonly digest: string;
  readonly entries: ContextEntries;
  /** The entries that COPY can take. */
  readonly copied: ContextEntries;
}

/** The context that an image was built from, in enough detail to list later changes. */
export interface RememberedContext {
  readonly context: string;
  readonly entries: ContextEntries;
}

/** A step of a successful build. Files and build arguments are digests: neither can be read back. */
export interface TracedStep {
  readonly key: string;
  readonly text: string;
  /** Digests of build arguments, by name. */
  readonly args: Readonly<Record<string, string>>;
  /** Digest of the files that the step took. */
  readonly files: string;
  readonly origin: string | undefined;
  /** The image after this step, if the engine has one. */
  readonly image?: string | undefined;
  /** An image with the variables and the working directory that the stage has after this step. */
  readonly settings?: string | undefined;
}

/** A path of an image: a directory, with its mode and owner where they are known, or a file that is no link. */
export type SeenPath =
  | {
      readonly kind: 'directory';
      readonly mode?: { readonly mode: number; readonly uid: number; readonly gid: number } | undefined;
    }
  | { readonly kind: 'other' };

export type SeenPaths = Readonly<Record<string, SeenPath>>;

/** The last build of a service. */
export interface RememberedBuild {
  readonly context: string;
  readonly steps: readonly TracedStep[];
  /** Keys of steps that the engine has in its cache. */
  readonly keys: readonly string[];
  /** Layers that were appended since the last full build. */
  readonly deltas?: { readonly layers: number; readonly bytes: number } | undefined;
  /** Paths of images that got a layer, by the image's id. The files of an id never change. */
  readonly seen?: Readonly<Record<string, SeenPaths>> | undefined;
}

/** Facts that this machine stores about a service's last build on one device. */
export interface BuildFacts {
  /** Present contents of the context; undefined until a decision depends on them. */
  readonly contents: ContextContents | undefined;
  readonly former: RememberedContext | undefined;
  readonly formerBuild: RememberedBuild | undefined;
  /** The probable way to build the image; undefined if it is built in full anyway. */
  readonly way?: PredictedWay | undefined;
}

export interface PredictedWay {
  readonly way: BuildWay;
  readonly cause: string;
  /** Upper limit of the bytes of files that it sends; undefined if only the build can tell. */
  readonly sizeBytes?: number | undefined;
}

/**
 * `full`: the whole context goes to the builder. `continued`: the builder starts with images of the last build. `layer`: the
 * last image gets one more layer, without the builder. `config`: an image of the last build gets another configuration, without
 * the builder, and files that no later step reads. `none`: the image stays, as no step takes what changed. `local`: this machine's Docker builds.
 */
export type BuildWay = 'full' | 'continued' | 'layer' | 'config' | 'none' | 'local';

export const noFacts: BuildFacts = { contents: undefined, former: undefined, formerBuild: undefined };

/** An image that this machine built and a device has: the files of both are the same, the layers need not be. */
export interface SentImage {
  /** Id of the image here. */
  readonly here: string;
  /** Id of the image on the device. */
  readonly there: string;
  /** The differences that were sent since the image was sent by its layers. */
  readonly layers: number;
  readonly bytes: number;
}

/**
 * Memory of builds that outlasts a push on this machine. Everything works without it, only slower and with fewer
 * explanations.
 */
export interface BuildMemory extends DigestCache {
  findContext(service: string): RememberedContext | undefined;
  keepContext(service: string, context: RememberedContext): void;
  findBuild(service: string): RememberedBuild | undefined;
  keepBuild(service: string, build: RememberedBuild): void;
  findSent(service: string): SentImage | undefined;
  keepSent(service: string, sent: SentImage): void;
}
