/** Events of a live session. With `--json` they are its lines; fields are added, never renamed. */
export type LiveEvent =
  /** The container has what its sources have. */
  | { readonly type: 'in-sync'; readonly service: string; readonly files: number; readonly via: string }
  /** The session does not keep the service in sync. */
  | { readonly type: 'not-synced'; readonly service: string; readonly cause: string }
  /** A person may want to know; the session goes on. */
  | { readonly type: 'notice'; readonly service: string; readonly message: string }
  | {
      readonly type: 'synced';
      readonly service: string;
      readonly written: number;
      readonly removed: number;
      /** The first ten of the names, for people. */
      readonly names: readonly string[];
      /** The time from the first event of the batch until the container had all of it. */
      readonly durationMs: number;
    }
  /** The service is being restarted. */
  | { readonly type: 'restarting'; readonly service: string }
  | {
      readonly type: 'restarted';
      readonly service: string;
      readonly durationMs: number;
      /** True if the service did not stop within its grace period. */
      readonly isKilled: boolean;
    }
  /** A command starts in the container, because of what was synced. */
  | { readonly type: 'command-started'; readonly service: string; readonly command: string }
  | {
      readonly type: 'command-finished';
      readonly service: string;
      readonly command: string;
      /** Null if it could not be started. */
      readonly exitCode: number | null;
      /** The last lines that it printed. */
      readonly output: readonly string[];
      readonly durationMs: number;
    }
  /** The command was stopped, as the files it was started for have changed again; it is run again after that. */
  | {
      readonly type: 'command-stopped';
      readonly service: string;
      readonly command: string;
      readonly durationMs: number;
    }
  | {
      readonly type: 'rebuilding';
      readonly services: readonly string[];
      readonly cause: string;
      /** True if all of the project is pushed, which may touch few of its services or none. */
      readonly isProject: boolean;
    }
  | { readonly type: 'rebuild-failed'; readonly services: readonly string[]; readonly message: string }
  | { readonly type: 'waiting'; readonly service: string; readonly cause: string }
  /** The device refused a change; the next edit tries again. */
  | { readonly type: 'sync-failed'; readonly service: string; readonly message: string }
  /** Files that are gone stay in the container until they are back, or a person confirms their removal. */
  | { readonly type: 'sync-paused'; readonly service: string; readonly cause: string }
  | { readonly type: 'sync-resumed'; readonly service: string }
  | { readonly type: 'decision'; readonly service: string; readonly name: string; readonly cause: string }
  /** The session ends, and the container has files that its image lacks. */
  | {
      readonly type: 'not-in-image';
      readonly service: string;
      readonly files: number;
      /** The first ten of them. */
      readonly names: readonly string[];
      /** `edit`: the next push builds them in. `watch-rule`: a rule of `develop.watch` syncs them; no build takes them. */
      readonly cause: 'edit' | 'watch-rule';
    };

export type Report = (event: LiveEvent) => void;
