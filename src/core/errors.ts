/** The law of failure: every expected failure is one OsError, and its code alone decides the exit status. */

/** Closed table from error code to process exit status; the same with and without `--json`. */
export const exitCodes = {
  defect: 1,
  usage: 2,
  'device-ambiguous': 2,
  'device-not-named': 2,
  'host-unsuitable': 2,
  'state-unusable': 2,
  'drive-refused': 2,
  'device-not-found': 3,
  'device-unreachable': 3,
  'network-unavailable': 3,
  'drive-not-found': 3,
  'socket-missing': 3,
  'auth-refused': 4,
  'host-key-changed': 4,
  'engine-refused': 4,
  'engine-missing': 4,
  'host-refused': 4,
  'supervisor-refused': 4,
  'build-failed': 5,
  'service-failed': 6,
  'update-rolled-back': 6,
  'project-invalid': 7,
  'config-invalid': 7,
  'image-invalid': 7,
  busy: 8,
  'engine-conflict': 8,
  'no-space': 9,
  'connection-lost': 10,
  'drive-failed': 10,
  interrupted: 130,
  'output-closed': 141,
  terminated: 143,
} as const;

export type ErrorCode = keyof typeof exitCodes;

export interface OsErrorOptions {
  /** One thing the user can do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An expected failure. `message` is present tense and names the thing; `hint` is one thing to do. */
export class OsError extends Error {
  override readonly name = 'OsError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: OsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }
}

/** The errno string (`ECONNREFUSED`, …) of a Node system error, else undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Returns the message of an error, for a sentence that names the file itself: of a failed system call on a file, which Node
 * words `ENOENT: no such file or directory, open '/a'`, only the reason.
 */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /^[A-Z][A-Z0-9]+: (.+?), [a-z_]+(?: '.*')?$/s.exec(text)?.[1] ?? text;
}
