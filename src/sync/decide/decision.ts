/** What is to be done about one path that changed, and why. */
import type { Replay } from './copy-step.ts';

export type Decision = (
  | {
      readonly do: 'sync';
      readonly targets: readonly Target[];
      /** To be run in the container when any of it has changed there. */
      readonly replays: readonly Replay[];
      readonly effect: Effect;
      /** Where it differs before anybody edits it, it is left as it is. */
      readonly waitsForEdit: boolean;
      /** The build takes it too; what it does not take is in no image. */
      readonly isBuilt: boolean;
    }
  | { readonly do: 'restart' }
  | { readonly do: 'rebuild' }
  | { readonly do: 'nothing' }
) & {
  /** In the context; for files outside of it their absolute path. */
  readonly name: string;
  /** For people, after the name: `goes to /app/a.js by COPY . /app (line 3)`. */
  readonly why: string;
};

/** A place in the container. */
export interface Target {
  readonly path: string;
  readonly owner: string | undefined;
  /** Whose content belongs there; undefined: nothing does any more. */
  readonly source: string | undefined;
}

/** What makes a synced file take effect: the app itself sees it, or the container is started again. */
export type Effect = 'none' | 'restart';
