/** A local target state as the stand-in keeps it: read from the body of `POST /v2/local/target-state`. */
import type { Json } from '../json.ts';

export interface StandInService {
  /** The key of `services`: the `serviceId` in it is ignored. */
  readonly serviceId: number;
  readonly serviceName: string;
  readonly imageId: number;
  readonly image: string;
  readonly running: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Everything else that was sent. */
  readonly composition: Json;
}

export interface StandInApp {
  readonly appId: number;
  readonly name: string;
  /** Empty: the app has no release, and its services go. */
  readonly commit: string;
  readonly releaseId: number;
  readonly services: readonly StandInService[];
  readonly volumes: Readonly<Record<string, Json>>;
  readonly networks: Readonly<Record<string, Json>>;
}

export interface StandInTarget {
  /** undefined: the name stays. */
  readonly name: string | undefined;
  readonly config: Readonly<Record<string, string>>;
  readonly apps: readonly StandInApp[];
  readonly isForced: boolean;
}

/** Answered with 400 and these words. */
export class InvalidTarget extends Error {}
/** The process dies without an answer. */
export class Crash extends Error {}
