/** A local target state as the supervisor reads it, `POST /v2/local/target-state` (its types/state.ts, v2 format). */

/** Fields of compose in the short forms that the supervisor applies; keys are compose's own. */
export type Composition = Readonly<Record<string, unknown>>;

export interface TargetService {
  readonly imageId: number;
  readonly serviceName: string;
  /** A tag that no later build moves: a restarted supervisor returns to the first image it knew by a name. */
  readonly image: string;
  readonly running: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly composition: Composition;
}

export interface TargetApp {
  readonly name: string;
  /** Names the release: it is part of the containers' names and may change freely. Never empty: that removes the services. */
  readonly commit: string;
  readonly releaseId: number;
  /** By service id. */
  readonly services: ReadonlyMap<number, TargetService>;
  /** Each with its compose definition, an empty object at least. */
  readonly volumes: Readonly<Record<string, object>>;
  readonly networks: Readonly<Record<string, object>>;
}

export interface CurrentApp {
  readonly name: string;
  readonly services: readonly string[];
  /** undefined: the supervisor does not say. */
  readonly commit?: string | undefined;
}

/**
 * A device's target as its supervisor reports it; only the identifying fields of its apps, as the rest cannot be sent
 * back.
 */
export interface CurrentTarget {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  readonly apps: ReadonlyMap<string, CurrentApp>;
  /** True: local mode is off by its configuration. Default: false. */
  readonly hasLeftLocalMode?: boolean | undefined;
}

export const localModeKey = 'SUPERVISOR_LOCAL_MODE';
