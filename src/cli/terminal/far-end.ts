import type { RemoteCommand, RemoteTty, TtyOptions } from '../../ssh/session.ts';

/** A shell or a command on a device that can be started, with or without a terminal. */
export interface FarEnd {
  /** For messages; undefined: a shell. */
  readonly command: string | undefined;
  /** True if a shell gets a terminal only where stdout is one too, so that `> file` gets what was printed and nothing else. */
  readonly needsOutputTerminal: boolean;
  openCommand(): Promise<RemoteCommand>;
  openTty(terminal: Pick<TtyOptions, 'term' | 'columns' | 'rows'>): Promise<RemoteTty>;
  /** Gives up the connection, which may be dead. */
  hangUp(): void;
}
