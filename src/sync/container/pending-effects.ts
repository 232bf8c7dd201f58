/** Effects of synced files that a session did not carry out before it ended. */
export interface PendingEffects {
  /** The id of the container that has the files. */
  readonly container: string;
  /** True if the service has to be restarted. */
  readonly restarts: boolean;
  /** Digests of the commands to run. */
  readonly commands: readonly string[];
}
