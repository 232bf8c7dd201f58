import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import { offeredAlgorithms } from './algorithms.ts';
import { AnswerDeadline } from '../answer-deadline.ts';
import type { Authentication } from '../keys/authentication.ts';
import { Authenticator } from '../keys/authenticator.ts';
import { openClientSession } from '../client-session.ts';
import { closedEarly, explainHandshakeError, silentServer, type Stage } from './handshake-errors.ts';
import type { HostKeyPolicy, KnownHostKeys } from './host-keys.ts';
import { ssh2, type Ssh2 } from '../library.ts';
import type { SshSession } from '../session.ts';

export interface SshSessionOptions {
  readonly address: string;
  readonly port: number;
  /** Opens the TCP connection to that port; its failure is thrown unchanged. */
  readonly openSocket: (signal: AbortSignal) => Promise<Socket>;
  /** The device's name in known_hosts; see `knownHostsName`. */
  readonly hostKeyName: string;
  /** Default `root`. */
  readonly username?: string;
  readonly authentication: Authentication;
  readonly hostKeys: HostKeyPolicy;
  readonly signal: AbortSignal;
  /** For each answer of the SSH server until we are in; default 10 s, as small boards are slow to start one. */
  readonly answerTimeoutMs?: number;
  /** A connection is given up after three of these without an answer. Default 10 s. */
  readonly keepaliveIntervalMs?: number;
}

/** `10.0.0.5 port 22222`, as messages name it. */
const describeEndpoint = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  `${address} port ${port.toString()}`;

/**
 * Connects, checks the host key and authenticates. The session is the caller's to dispose.
 * Throws OsError `device-unreachable`, `host-key-changed`, `auth-refused`, or the reason of `signal`.
 */
export async function openSshSession(options: SshSessionOptions): Promise<SshSession> {
  const { hostKeyName, hostKeys, openSocket, signal } = options;
  // The library takes tens of milliseconds to load: the device answers meanwhile.
  const [dialled, library, known] = await Promise.allSettled([
    // Until ssh2 listens, an error shows as a destroyed socket.
    openSocket(signal).then(socket => socket.on('error', () => undefined)),
    ssh2(),
    hostKeys.read(hostKeyName),
  ]);
  if (dialled.status === 'rejected') throw dialled.reason;
  const socket = dialled.value;
  try {
    if (library.status === 'rejected') throw library.reason;
    if (known.status === 'rejected') throw known.reason;
    if (socket.destroyed) throw closedEarly(describeEndpoint(options), 'greeting');
    const client = await logIn(library.value, socket, known.value, options);
    return openClientSession(client, socket, describeEndpoint(options));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * Verifies the server's key at every key exchange, synchronously: ssh2 mixes up packets that are sent while it waits
 * for an asynchronous answer.
 */
function hostKeyOf(
  known: KnownHostKeys,
  fail: (error: unknown) => void,
): { accepts(key: Buffer): boolean; readonly remembered: Promise<void> } {
  let accepted: Buffer | undefined;
  let remembered = Promise.resolve();
  return {
    accepts(key) {
      // A server may exchange keys again at any time, with the key that it has shown.
      if (accepted !== undefined) return accepted.equals(key);
      try {
        known.verify(key);
      } catch (error) {
        fail(error);
        return false;
      }
      accepted = Buffer.from(key);
      remembered = known.remember(accepted);
      remembered.catch(() => undefined);
      return true;
    },
    get remembered() {
      return remembered;
    },
  };
}

/** Runs the SSH handshake over `socket` until the server has let us in. */
async function logIn(
  library: Ssh2,
  socket: Socket,
  known: KnownHostKeys,
  options: SshSessionOptions,
): Promise<Client> {
  const { signal, username = 'root' } = options;
  const where = describeEndpoint(options);
  const client = new library.Client();
  let stage: Stage = 'greeting';
  let onAbort = (): void => undefined;
  let deadline: AnswerDeadline | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort);
      deadline = new AnswerDeadline(options.answerTimeoutMs ?? 10_000, () =>
        reject(silentServer(where, stage)),
      );
      const fail = (error: unknown): void =>
        reject(error instanceof Error ? error : new Error(String(error)));
      const { authentication } = options;
      const hostKey = hostKeyOf(known, fail);
      const authenticator = new Authenticator({ library, username, authentication, deadline, fail });
      client
        // Stays attached: the library also emits errors after the one that counts.
        .on('error', error => {
          if (authenticator.goesOnAfter(error)) return;
          reject(
            authenticator.isRefused
              ? authenticator.refusal(where)
              : explainHandshakeError(where, stage, error),
          );
        })
        .once('close', () => reject(closedEarly(where, stage)))
        .once('handshake', () => {
          stage = 'authentication';
          deadline?.start();
        })
        .once('ready', resolve)
        .connect({
          sock: socket,
          username,
          readyTimeout: 0,
          keepaliveInterval: options.keepaliveIntervalMs ?? 10_000,
          algorithms: offeredAlgorithms(known.types),
          hostVerifier: (key: Buffer) => hostKey.accepts(key),
          authHandler: (...question) => {
            hostKey.remembered.then(() => authenticator.next(...question), fail);
          },
        });
      signal.throwIfAborted();
    });
    return client;
  } finally {
    signal.removeEventListener('abort', onAbort);
    deadline?.stop();
  }
}
