/** Credentials for a device, tried in this order after "nothing at all". */
export interface Authentication {
  /** A private key that the user named. */
  readonly identityFile?: string | undefined;
  /** The ssh-agent's socket or Windows pipe. */
  readonly agentSocket?: string | undefined;
  /** Private keys to try when they exist. */
  readonly keyFiles: readonly string[];
  /**
   * Prompts the user for the passphrase of a key; undefined when they decline. Omitted if no person can be prompted.
   */
  readonly askPassphrase?: ((keyFile: string) => Promise<string | undefined>) | undefined;
  /** Tells the user of a key that could not be used. */
  readonly note: (text: string) => void;
}
