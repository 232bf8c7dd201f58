/** A session is one authenticated connection to one device; every command on it is a channel of its own. */
import type { Duplex, Readable, Writable } from 'node:stream';
import type { RemoteExit } from './remote-exit.ts';

/** Signals a command can be sent, without `SIG`. */
export type RemoteSignal = 'HUP' | 'INT' | 'KILL' | 'PIPE' | 'QUIT' | 'TERM' | 'USR1' | 'USR2';

export interface RemoteProcess {
  /** Its standard input, with the device's back-pressure; `end()` closes it. */
  readonly stdin: Writable;
  /** What it prints, binary-safe. Both must be read to their ends: they share the channel's window. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * Fulfilled when the command has ended and all it printed was read; rejected with `connection-lost`, or with the
   * reason of the signal given to `exec`.
   */
  readonly ended: Promise<RemoteExit>;
  /** Gives the command up: its pipes are closed, what it still prints is dropped. `ended` follows. */
  close(): void;
}

export interface RemoteTty extends RemoteProcess {
  /** Tells the remote terminal its new size, in cells. */
  resize(size: { columns: number; rows: number }): void;
}

export interface RunResult {
  exit: RemoteExit;
  stdout: Buffer;
  stderr: Buffer;
}

export interface ExecOptions {
  /** Aborting closes the command's pipes and rejects `ended` with the signal's reason. */
  signal?: AbortSignal;
}

export interface RunOptions extends ExecOptions {
  /** Its standard input; empty when left out. */
  input?: string | Buffer;
  /** The most that stdout and stderr may hold together; default 8 MiB. More is an OsError `usage`. */
  maxOutputBytes?: number;
}

export interface TtyOptions extends ExecOptions {
  /** Left out: the login shell. */
  command?: string;
  /** The terminal's kind, `$TERM`. */
  term: string;
  columns: number;
  rows: number;
}

export interface SshSession extends AsyncDisposable {
  /** False once the connection is lost or closed: then every call throws. */
  readonly isOpen: boolean;
  /** Starts a command without a terminal; `undefined` starts the login shell, which then reads its input as a script. */
  exec(command: string | undefined, options?: ExecOptions): Promise<RemoteProcess>;
  /** Starts a command or the login shell in a remote terminal, whose output comes from `stdout` alone. */
  openTty(options: TtyOptions): Promise<RemoteTty>;
  /** Runs a command to its end and collects what it prints. */
  run(command: string, options?: RunOptions): Promise<RunResult>;
  /**
   * Connects to a Unix socket of the device (OpenSSH's direct-streamlocal). Throws OsError `socket-missing` where
   * nobody listens on it, or the server does not lead there.
   */
  openUnixSocket(path: string): Promise<Duplex>;
  /** Connects to a TCP port of the device's own loopback address. Throws OsError `socket-missing` likewise. */
  openPort(port: number): Promise<Duplex>;
  /** Starts a command whose input and output lead to something else, as one stream. */
  openBridge(command: string): Promise<Duplex>;
  /** Sends a signal to every command that runs in this session, and to the processes it started. */
  signalAll(signal: RemoteSignal): Promise<void>;
}
