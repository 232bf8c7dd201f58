/** The other port of a running device: commands of its shell, as root. An image has none. */

export interface HostCommandResult {
  /** Exit status in a shell's form: 128 + n for death by signal n. */
  readonly status: number;
  /** Standard output as bytes, and as text. */
  readonly bytes: Buffer;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HostCommandOptions {
  readonly signal?: AbortSignal;
  /** Standard input; empty by default. */
  readonly input?: string | Uint8Array;
  /** Time limit for it to end; default two minutes. */
  readonly timeoutMs?: number;
}

export interface HostCommands {
  /**
   * Runs a line of POSIX shell to its end. A status other than 0 is a result. Throws OsError `connection-lost` if the
   * connection ends first or the command does not end in time, and the signal's reason when it aborts.
   */
  run(command: string, options?: HostCommandOptions): Promise<HostCommandResult>;
}
