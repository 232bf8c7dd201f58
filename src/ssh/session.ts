/** A session is one authenticated connection to one device; every command on it is a channel of its own. */
import type { Duplex, Readable, Writable } from 'node:stream';
import type { RemoteExit } from './process/remote-exit.ts';

/** Signals a command can be sent, without `SIG`. */
export type RemoteSignal = 'HUP' | 'INT' | 'KILL' | 'PIPE' | 'QUIT' | 'TERM' | 'USR1' | 'USR2';

export interface RemoteProcess {
  /** Its standard input, with the device's back-pressure; `end()` closes it. */
  readonly stdin: Writable;
  /** Output, binary-safe. Both must be read to their ends: they share the channel's window. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * Fulfilled when the command has ended and all it printed was read; rejected with `connection-lost`, or with the
   * reason of the signal given to `exec`.
   */
  readonly ended: Promise<RemoteExit>;
  /** Abandons the command: closes its pipes and drops further output. `ended` follows. */
  close(): void;
}

/** A command that can be ended from here. */
export interface RemoteCommand extends RemoteProcess {
  /**
   * Sends `signal` to the command and the processes it started, and to nothing else: if these are unknown, sends
   * nothing. Fulfilled once the device has done so, or has not answered for `timeoutMs`; never rejected.
   */
  kill(signal: RemoteSignal, timeoutMs: number): Promise<void>;
}

export interface RemoteTty extends RemoteCommand {
  /** Tells the remote terminal its new size, in cells. */
  resize(size: { readonly columns: number; readonly rows: number }): void;
}

export interface RunResult {
  readonly exit: RemoteExit;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface ExecOptions {
  /** Aborting closes the command's pipes and rejects `ended` with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface RunOptions extends ExecOptions {
  /** Its standard input; empty when left out. */
  readonly input?: string | Buffer;
  /** The most that stdout and stderr may hold together; default 8 MiB. More is an OsError `usage`. */
  readonly maxOutputBytes?: number;
  /** Time limit for it to end, default two minutes; then OsError `connection-lost`: the device hangs. */
  readonly timeoutMs?: number;
}

export interface TtyOptions extends ExecOptions {
  /** Left out: the login shell. */
  readonly command?: string;
  /** The terminal's kind, `$TERM`. */
  readonly term: string;
  readonly columns: number;
  readonly rows: number;
}

/** A connection that somebody made to a port on which the device's SSH server listens for this session. */
export interface OfferedConnection {
  /** Takes it. To be called once, unless `refuse` is. */
  accept(): Duplex;
  /** Has the server close it. */
  refuse(): void;
}

export interface SshSession extends AsyncDisposable {
  /** False once the connection is lost or closed: then every call throws. */
  readonly isOpen: boolean;
  /** Fulfilled once the connection is lost or closed. */
  readonly closed: Promise<void>;
  /** Starts a command without a terminal; `undefined` starts the login shell, which then reads its input as a script. */
  exec(command: string | undefined, options?: ExecOptions): Promise<RemoteProcess>;
  /** Same as `exec`, for a command that may have to be ended from here. */
  openCommand(command: string | undefined, options?: ExecOptions): Promise<RemoteCommand>;
  /**
   * Starts a command or the login shell in a remote terminal, whose output comes from `stdout` alone. `kill` closes the
   * terminal, as hanging up does, whatever the signal.
   */
  openTty(options: TtyOptions): Promise<RemoteTty>;
  /** Runs a command to its end and collects its output. */
  run(command: string, options?: RunOptions): Promise<RunResult>;
  /**
   * Connects to a Unix socket of the device (OpenSSH's direct-streamlocal). Throws OsError `socket-missing` if nobody
   * listens on it, or the server does not forward to it.
   */
  openUnixSocket(path: string): Promise<Duplex>;
  /**
   * Connects to a TCP port of the device's own loopback address, or of an `address` that it reaches. Throws OsError
   * `socket-missing` if nothing accepts there, `host-refused` if the server forwards no connections. SSH has no word for a reset:
   * a connection that the far end resets ends like one that it closes.
   */
  openPort(port: number, address?: string): Promise<Duplex>;
  /**
   * Has the device's SSH server listen on `port`, and hands over each connection to it (RFC 4254 §7.1). The server decides which
   * addresses of the device that is, whatever `address` asks for. Throws OsError `host-refused` if it does not listen.
   */
  listenOn(
    address: string,
    port: number,
    onConnection: (connection: OfferedConnection) => void,
  ): Promise<void>;
  /** Ends that. Connections go on. */
  stopListening(address: string, port: number): Promise<void>;
  /** Starts a command that relays its input and output to a service, as one stream. */
  openBridge(command: string): Promise<Duplex>;
}
