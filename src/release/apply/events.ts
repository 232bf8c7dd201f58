/** The events of a push, printed as lines with `--json`. Fields are added, never renamed. */
import type { ContextSummary } from '../../project/context/summarize-context.ts';
import type { BuildWay } from '../build/build-memory.ts';
import type { PlanReport } from '../plan/plan-report.ts';

export type BuildEvent =
  | ({ readonly type: 'large-context'; readonly service: string } & ContextSummary)
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'pulling'; readonly image: string }
  | {
      readonly type: 'pull-progress';
      readonly image: string;
      readonly doneBytes: number;
      readonly totalBytes: number;
    }
  | { readonly type: 'pulled'; readonly image: string; readonly durationMs: number }
  | {
      readonly type: 'upload';
      readonly service: string;
      readonly sentBytes: number;
      readonly totalBytes: number;
    }
  | {
      readonly type: 'build-step';
      readonly service: string;
      readonly step: number;
      readonly of: number;
      readonly instruction: string;
      /** Reason why the step is expected to run again. */
      readonly cause?: string;
    }
  | {
      readonly type: 'build-way';
      readonly service: string;
      readonly way: BuildWay;
      /** Reason for this way; for `full` the reason why a cheaper one is not possible. */
      readonly cause: string;
    }
  | { readonly type: 'build-cached'; readonly service: string; readonly step: number }
  | { readonly type: 'build-output'; readonly service: string; readonly text: string }
  | {
      readonly type: 'built';
      readonly service: string;
      readonly image: string;
      readonly steps: number;
      readonly cachedSteps: number;
      readonly durationMs: number;
    }
  | {
      readonly type: 'build-failed';
      readonly service: string;
      readonly step: number;
      readonly message: string;
    };

export type PushEvent =
  | BuildEvent
  | {
      readonly type: 'project';
      readonly project: string;
      readonly device: string;
      readonly services: readonly string[];
    }
  | { readonly type: 'planned'; readonly plan: PlanReport }
  | {
      readonly type: 'service';
      readonly service: string;
      readonly state: ServiceState;
      readonly cause: string;
    }
  | {
      readonly type: 'volume-copy';
      readonly state: 'copying' | 'copied';
      readonly from: string;
      readonly to: string;
      /** Of the archive, as far as it is copied; 0 in the first event of a volume. */
      readonly sizeBytes: number;
    }
  | {
      readonly type: 'update-lock';
      /** Service that holds the lock; null if the supervisor does not say. */
      readonly holder: string | null;
      readonly message: string;
    }
  | { readonly type: 'url'; readonly service: string; readonly url: string }
  | PushDone;

export type ServiceState = 'starting' | 'started' | 'healthy' | 'completed' | 'restored';

/** `done` is the last event; if logs are followed it is `up`, and the logs come next. */
export interface PushDone {
  readonly type: 'done' | 'up';
  readonly outcome: 'up-to-date' | 'updated' | 'planned' | 'built';
  readonly durationMs: number;
  /** Bytes of files sent for builds. */
  readonly sentBytes: number;
}

export type Report<E> = (event: E) => void;
