/** What a live session tells. With `--json` these are its lines; fields are added, never renamed. */
export type LiveEvent =
  /** The container is as its sources are. */
  | { readonly type: 'watching'; readonly service: string; readonly files: number; readonly via: string }
  | { readonly type: 'unwatched'; readonly service: string; readonly cause: string }
  /** Something a person had better know; the session goes on. */
  | { readonly type: 'noticed'; readonly service: string; readonly message: string }
  | {
      readonly type: 'synced';
      readonly service: string;
      readonly written: number;
      readonly removed: number;
      /** The first of the names in the context, for people. */
      readonly names: readonly string[];
      /** From the first event of the batch until the container had all of it. */
      readonly durationMs: number;
    }
  /** It is being ended, to be started again. */
  | { readonly type: 'restarting'; readonly service: string }
  | {
      readonly type: 'restarted';
      readonly service: string;
      readonly durationMs: number;
      /** The service did not end in the time it was given, and was killed. */
      readonly isKilled: boolean;
    }
  /** A program is started in the container, because of what was synced. */
  | { readonly type: 'running'; readonly service: string; readonly command: string }
  | {
      readonly type: 'ran';
      readonly service: string;
      readonly command: string;
      /** null: it could not be started. */
      readonly exitCode: number | null;
      /** The last lines that it printed. */
      readonly output: readonly string[];
      readonly durationMs: number;
    }
  /** That program was ended, as what it was started for has changed again; it is run again after that. */
  | {
      readonly type: 'aborted';
      readonly service: string;
      readonly command: string;
      readonly durationMs: number;
    }
  | {
      readonly type: 'rebuilding';
      readonly services: readonly string[];
      readonly cause: string;
      /** All of the project is pushed, which may touch few of its services or none. */
      readonly isProject: boolean;
    }
  | { readonly type: 'rebuild-failed'; readonly services: readonly string[]; readonly message: string }
  | { readonly type: 'waiting'; readonly service: string; readonly cause: string }
  /** The device refused something; the next edit tries again. */
  | { readonly type: 'failed'; readonly service: string; readonly message: string }
  /** Files that are gone stay in the container until they are back, or a person says that it is meant. */
  | { readonly type: 'paused'; readonly service: string; readonly cause: string }
  | { readonly type: 'resumed'; readonly service: string }
  | { readonly type: 'decided'; readonly service: string; readonly name: string; readonly why: string }
  /** At the end: what edits have changed in the container, and its image does not have. */
  | {
      readonly type: 'unbuilt';
      readonly service: string;
      readonly files: number;
      /** The first of them. */
      readonly names: readonly string[];
    }
  /** At the end: what rules of `develop.watch` have brought to the container, and no build takes. */
  | {
      readonly type: 'brought';
      readonly service: string;
      readonly files: number;
      /** The first of them. */
      readonly names: readonly string[];
    };

export type Report = (event: LiveEvent) => void;
