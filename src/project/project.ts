/** What a project is: the services to run on one device and what they need. Times in ms, sizes in bytes. */
import type { Problem } from './problem.ts';
import type { Service } from './service.ts';

export interface Project {
  /** By compose's rules: fits `[a-z0-9][a-z0-9_-]*`. */
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  /** The files that describe it, in the order in which they were merged. Empty for a directory with a Dockerfile alone. */
  readonly files: readonly ProjectFile[];
  /** Absolute paths of what else was read, or would be if it were there: env files, the settings of `.balena`. */
  readonly inputs: readonly string[];
  /** The enabled services, each after what it depends on. */
  readonly services: readonly Service[];
  readonly networks: readonly Network[];
  readonly volumes: readonly Volume[];
  readonly secrets: readonly SecretFile[];
  readonly configs: readonly SecretFile[];
  /** Services that a profile leaves out, by name. */
  readonly disabledServices: readonly string[];
  /** What works, but differently than a person may think. */
  readonly warnings: readonly Problem[];
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
