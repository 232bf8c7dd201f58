/** A decision says what is done about one name that changed, and why. */
import type { Replay } from '../recipe/copy-step.ts';
import type { Repeat } from '../recipe/repeatable-run.ts';

export type Decision = (
  | {
      readonly do: 'sync';
      readonly targets: readonly Target[];
      /** Programs to run in the container when any of the targets has changed there. */
      readonly replays: readonly Replay[];
      readonly effect: Effect;
      /** True if the build takes it too; otherwise no image has it. */
      readonly isBuilt: boolean;
    }
  | { readonly do: 'restart' }
  | { readonly do: 'rebuild' }
  | { readonly do: 'nothing' }
) & {
  /** The name in the context; the absolute path of a file outside of it. */
  readonly name: string;
  /** For people, after the name: `goes to /app/a.js by COPY . /app (line 3)`. */
  readonly why: string;
};

/** A place in the container. */
export interface Target {
  readonly path: string;
  /** The owner as in `COPY --chown`; undefined for root, or with a rule for the user that the container runs as. */
  readonly owner: string | undefined;
  /** The name whose content belongs there; undefined if nothing does any more. */
  readonly source: string | undefined;
  /** See `CopyStep`; undefined for what a rule of develop.watch syncs. */
  readonly copiesAfter: number | 'unknown' | undefined;
  /** Commands of the Dockerfile that set attributes of the target, in their order. */
  readonly repeats: readonly Repeat[];
  /** True if a difference stays until somebody edits the file. */
  readonly waitsForEdit: boolean;
}

/** A synced file takes effect because the app itself sees it, or by a restart of the container. */
export type Effect = 'none' | 'restart';
