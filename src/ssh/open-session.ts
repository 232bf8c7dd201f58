import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import { offeredAlgorithms } from './algorithms.ts';
import { AnswerDeadline } from './answer-deadline.ts';
import type { Authentication } from './authentication.ts';
import { Authenticator } from './authenticator.ts';
import { openClientSession } from './client-session.ts';
import { closedEarly, explainHandshakeError, silentServer, type Stage } from './handshake-errors.ts';
import type { HostKeyPolicy } from './host-keys.ts';
import { ssh2, type Ssh2 } from './library.ts';
import type { SshSession } from './session.ts';

export interface SshSessionOptions {
  address: string;
  port: number;
  /** Opens the TCP connection to that port; a failure of it is thrown as it is. */
  openSocket: (signal: AbortSignal) => Promise<Socket>;
  /** What known_hosts calls the device; see `knownHostsName`. */
  hostKeyName: string;
  /** Default `root`. */
  username?: string;
  authentication: Authentication;
  hostKeys: HostKeyPolicy;
  signal: AbortSignal;
  /** For each answer of the SSH server until we are in; default 10 s, as small boards are slow to start one. */
  answerTimeoutMs?: number;
}

/** `10.0.0.5 port 22222`, as messages name it. */
const describeEndpoint = ({ address, port }: { address: string; port: number }): string =>
  `${address} port ${port.toString()}`;

/** A connection is given up after three of these without an answer. */
const keepaliveIntervalMs = 10_000;

/**
 * Connects, checks the host key and authenticates. The session is the caller's to dispose.
 * Throws OsError `device-unreachable`, `host-key-changed`, `auth-refused`, or the reason of `signal`.
 */
export async function openSshSession(options: SshSessionOptions): Promise<SshSession> {
  const { hostKeyName, hostKeys, openSocket, signal } = options;
  // The library takes tens of milliseconds to load: the device answers meanwhile.
  const [dialled, library, knownTypes] = await Promise.allSettled([
    // Until ssh2 listens, an error shows as a destroyed socket.
    openSocket(signal).then(socket => socket.on('error', () => undefined)),
    ssh2(),
    hostKeys.knownTypes(hostKeyName),
  ]);
  if (dialled.status === 'rejected') throw dialled.reason;
  const socket = dialled.value;
  try {
    if (library.status === 'rejected') throw library.reason;
    if (knownTypes.status === 'rejected') throw knownTypes.reason;
    if (socket.destroyed) throw closedEarly(describeEndpoint(options), 'greeting');
    const client = await logIn(library.value, socket, knownTypes.value, options);
    return openClientSession(client, socket, describeEndpoint(options));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Runs the SSH handshake over `socket` until the server has let us in. */
async function logIn(
  library: Ssh2,
  socket: Socket,
  knownTypes: readonly string[],
  options: SshSessionOptions,
): Promise<Client> {
  const { hostKeys, hostKeyName, signal, username = 'root' } = options;
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
          keepaliveInterval: keepaliveIntervalMs,
          algorithms: offeredAlgorithms(knownTypes),
          hostVerifier: (key: Buffer, verify: (isAccepted: boolean) => void) => {
            hostKeys.check(hostKeyName, key).then(
              () => verify(true),
              (error: unknown) => {
                fail(error);
                verify(false);
              },
            );
          },
          authHandler: authenticator.next,
        });
      signal.throwIfAborted();
    });
    return client;
  } finally {
    signal.removeEventListener('abort', onAbort);
    deadline?.stop();
  }
}
