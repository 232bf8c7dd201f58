/** A project: the services to run on one device and their requirements. Times in ms, sizes in bytes. */
import type { Place, Problem } from './problem.ts';
import type { Service } from './service.ts';

export interface Project {
  /** By compose's rules: fits `[a-z0-9][a-z0-9_-]*`. */
  readonly name: string;
  /** The name before it was made to fit: the directory's, or what a person gave. */
  readonly givenName: string;
  /** Absolute. */
  readonly directory: string;
  /** The files that describe it, in the order in which they were merged. Empty for a directory with a Dockerfile alone. */
  readonly files: readonly ProjectFile[];
  /**
   * Absolute paths of other files that were read, or would be if they existed: env files, seccomp profiles, the settings of `.balena`.
   */
  readonly inputs: readonly string[];
  /** The enabled services, each after its dependencies. */
  readonly services: readonly Service[];
  readonly networks: readonly Network[];
  readonly volumes: readonly Volume[];
  readonly secrets: readonly SecretFile[];
  readonly configs: readonly SecretFile[];
  /** Services that a profile or a scale of 0 leaves out, by name. */
  readonly disabledServices: readonly string[];
  /** Those of them with a scale of 0: a push removes their containers. Default: none. */
  readonly emptyServices?: readonly string[];
  /** Valid settings that work differently than a person may expect. */
  readonly warnings: readonly Problem[];
  /** Where its compose files have a key, by subject: `services.web`, `services.web.ports`, `volumes.data`. Default: unknown. */
  readonly places?: ReadonlyMap<string, Place> | undefined;
}

/** The place of `subject`, or of the nearest key around it that a file has; undefined where no file is known. */
export function placeOf({ places }: Pick<Project, 'places'>, subject: string): Place | undefined {
  for (let key = subject; key !== ''; key = key.slice(0, Math.max(0, key.lastIndexOf('.')))) {
    const place = places?.get(key);
    if (place !== undefined) return place;
  }
  return undefined;
}

export interface ProjectFile {
  readonly file: string;
  /** `development`: docker-compose.dev.yml, applied because it is there. */
  readonly role: 'base' | 'override' | 'development' | 'included' | 'extended';
}

/** A network of the project, as it is created; with `isExternal` it has to exist. */
export interface Network {
  readonly key: string;
  /** On the engine. */
  readonly name: string;
  readonly isExternal: boolean;
  readonly driver: string | undefined;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly isInternal: boolean;
  readonly isAttachable: boolean;
  readonly hasIpv6: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly ipam: Ipam | undefined;
}

export interface Ipam {
  readonly driver: string | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly pools: readonly IpamPool[];
}

export interface IpamPool {
  readonly subnet: string | undefined;
  readonly ipRange: string | undefined;
  readonly gateway: string | undefined;
  readonly auxiliaryAddresses: Readonly<Record<string, string>>;
}

export interface Volume {
  readonly key: string;
  readonly name: string;
  readonly isExternal: boolean;
  readonly driver: string | undefined;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A secret or a config: content from this machine that appears as a file in containers. */
export interface SecretFile {
  readonly key: string;
  readonly source: { readonly file: string } | { readonly content: string };
}
