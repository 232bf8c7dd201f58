import type { Engine, RegistryLogin } from '../engine/engine.ts';
import type { Project } from '../project/project.ts';
import type { BuildMemory } from './build-memory.ts';
import type { PushEvent, Report } from './events.ts';

export interface PushDependencies {
  readonly engine: Engine;
  /** For URLs. */
  readonly address: string;
  /** For the registries that these references lead to. */
  readonly logins: (references: readonly string[]) => Promise<Readonly<Record<string, RegistryLogin>>>;
  /** Bytes free where the engine keeps images; undefined where nobody can tell. */
  readonly readFreeBytes: (signal: AbortSignal) => Promise<number | undefined>;
  readonly engineSocket: string;
  readonly memory: BuildMemory;
  readonly report: Report<PushEvent>;
  readonly signal: AbortSignal;
}

export interface PushRequest {
  readonly project: Project;
  /** Names of services; empty for all. */
  readonly services: readonly string[];
  readonly isCacheUsed: boolean;
  readonly isPulled: boolean;
  readonly removesOrphans: boolean;
  /** How long an old container may take to end, where it is given more. */
  readonly longestStopS?: number | undefined;
  /** `plan`: nothing is done. `build`: images are made, containers left alone. */
  readonly extent: 'all' | 'build' | 'plan';
}
