/** What may be shown to a device to be let in, in this order after "nothing at all". */
export interface Authentication {
  /** A private key that the user named. */
  identityFile?: string | undefined;
  /** The ssh-agent's socket or Windows pipe. */
  agentSocket?: string | undefined;
  /** Private keys to try when they exist. */
  keyFiles: readonly string[];
  /** Asks the user for the passphrase of a key; undefined when they decline. Left out where nobody can be asked. */
  askPassphrase?: ((keyFile: string) => Promise<string | undefined>) | undefined;
  /** Tells the user of a key that could not be used. */
  note: (text: string) => void;
}
