export interface ContextResult {
  readonly device: string;
  readonly name: string;
  /** Value for DOCKER_HOST. */
  readonly host: string;
  /** The file of the context; null where none was installed. */
  readonly file: string | null;
  readonly isUsed: boolean;
  /** Lines for the user's shell, after which docker reaches the device. */
  readonly lines: readonly string[];
}

export interface RemovedContexts {
  /** Their names. */
  readonly contexts: readonly string[];
}
