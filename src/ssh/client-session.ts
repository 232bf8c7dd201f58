import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Client, ClientCallback, ClientChannel, TerminalModes } from 'ssh2';
import { openDeadline } from '../core/deadline.ts';
import { OsError } from '../core/errors.ts';
import { awaitAnswer, silentDevice } from './await-answer.ts';
import { channelOpener, type Opening } from './process/open-channel.ts';
import { collectOutput, toRemoteProcess } from './process/remote-process.ts';
import { announcement, parseAnnouncement } from './process/command-identity.ts';
import { toRemoteCommand } from './process/remote-command.ts';
import { takeAnnouncement } from './process/take-announcement.ts';
import { explainForwardFailure } from './forward/forward-failure.ts';
import { openRemoteListeners } from './forward/remote-listeners.ts';
import type { ExecOptions, RemoteCommand, RemoteProcess, SshSession } from './session.ts';

/** Time limit for a graceful disconnect. */
const disconnectTimeoutMs = 300;
const defaultMaxOutputBytes = 8 * 1024 * 1024;

/** Terminal modes (RFC 4254 §8) with IUTF8 (RFC 8160) alone: erasing a character erases all its bytes. */
const utf8Modes = Buffer.from([42, 0, 0, 0, 1, 0]) as unknown as TerminalModes;

/** Time limit for a device to answer a request: to start a command, to connect somewhere, to listen. */
const answerMs = 30_000;
/** Time limit for a command of `run` to end, unless its caller gives it another. */
const runMs = 120_000;

/** An authenticated ssh2 client as a session; `where` names the device in messages. */
export function openClientSession(client: Client, socket: Socket, where: string): SshSession {
  let lost: OsError | undefined;
  const onLost = (cause?: unknown): void => {
    lost ??= new OsError('connection-lost', `the connection to ${where} is lost`, {
      hint: 'is the device still powered and on the network?',
      cause,
    });
  };
  const closed = new Promise<void>(resolve => {
    const onClosed = (): void => resolve();
    client.once('end', onClosed).once('close', onClosed);
  });
  client.on('error', onLost).on('end', onLost).on('close', onLost);

  const reason = (): OsError | undefined => lost;
  const channels = { where, timeoutMs: answerMs, lost: reason };
  const openChannel = channelOpener(channels);

  const plain =
    (signal: AbortSignal | undefined) =>
    (channel: ClientChannel): { readonly process: RemoteProcess; readonly channel: ClientChannel } => ({
      process: toRemoteProcess(channel, () => lost, signal),
      channel,
    });

  const begin = (command: string | undefined): Opening => ({
    command,
    open: done => (command === undefined ? client.shell(false, done) : client.exec(command, done)),
  });

  const exec = async (command: string | undefined, signal: AbortSignal | undefined): Promise<RemoteProcess> =>
    (await openChannel(begin(command), plain(signal), signal)).process;

  const run: SshSession['run'] = async (command, options = {}) => {
    const { input = '', signal, maxOutputBytes = defaultMaxOutputBytes, timeoutMs = runMs } = options;
    using deadline = openDeadline(signal ?? new AbortController().signal, timeoutMs);
    try {
      const process = await exec(command, deadline.signal);
      process.stdin.end(input);
      return await collectOutput(process, command, maxOutputBytes);
    } catch (error) {
      signal?.throwIfAborted();
      if (error !== deadline.signal.reason) throw error;
      throw silentDevice(where, 'a command on it did not end', timeoutMs);
    }
  };

  /** Commands that run in order to end another one. */
  const pendingSignals = new Set<Promise<unknown>>();
  const runErrand = async (line: string, signal: AbortSignal): Promise<void> => {
    const errand = run(line, { signal });
    pendingSignals.add(errand);
    await errand.finally(() => pendingSignals.delete(errand));
  };

  async function openCommand(
    command: string | undefined,
    { signal }: ExecOptions = {},
  ): Promise<RemoteCommand> {
    const nonce = `os-${randomBytes(12).toString('hex')}`;
    const line = announcement(nonce);
    const announced = command === undefined ? undefined : `${line}; ${command}`;
    const wrap = (channel: ClientChannel) => {
      const form = { nonce, parse: parseAnnouncement };
      const { output, identity } = takeAnnouncement(channel.stderr, form);
      return { process: toRemoteProcess(channel, () => lost, signal, output), identity };
    };
    const { process, identity } = await openChannel(begin(announced), wrap, signal);
    // A login shell without a terminal reads its input as a script, of which this is the first line.
    if (command === undefined) process.stdin.write(`${line}\n`);
    return toRemoteCommand(process, identity, runErrand);
  }

  // No session channel, so that the server's limit on those does not count.
  const forward = async (to: string, begin: (done: ClientCallback) => void): Promise<ClientChannel> => {
    if (lost !== undefined) throw lost;
    try {
      return await awaitAnswer<ClientChannel>(
        (resolve, reject) =>
          begin((error, channel) => {
            if (error) reject(lost ?? explainForwardFailure(error, { where, to }));
            else resolve(channel);
          }),
        { where, timeoutMs: answerMs, onLate: channel => channel.destroy() },
      );
    } catch (error) {
      if (error instanceof OsError) throw error;
      // The library notices first that the socket is gone, and says so later.
      throw (
        reason() ?? new OsError('connection-lost', `the connection to ${where} is lost`, { cause: error })
      );
    }
  };

  return {
    get isOpen() {
      return lost === undefined;
    },
    closed,
    run,
    openCommand,
    exec: (command, options = {}) => exec(command, options.signal),
    async openTty({ command, term, columns, rows, signal }) {
      const pty = { term, cols: columns, rows, width: 0, height: 0, modes: utf8Modes };
      const open = (done: ClientCallback): unknown =>
        command === undefined ? client.shell(pty, done) : client.exec(command, { pty }, done);
      const { process, channel } = await openChannel({ command, open }, plain(signal), signal);
      // A terminal has one output; the other is not read.
      process.stderr.resume();
      return {
        ...process,
        kill() {
          process.close();
          return Promise.resolve();
        },
        resize: size => channel.setWindow(size.rows, size.columns, 0, 0),
      };
    },
    async openBridge(command) {
      const { channel } = await openChannel(begin(command), plain(undefined), undefined);
      channel.stderr.resume();
      return channel;
    },
    openUnixSocket: path => forward(path, done => client.openssh_forwardOutStreamLocal(path, done)),
    openPort: (port, address = '127.0.0.1') =>
      forward(`port ${port.toString()}`, done => client.forwardOut('127.0.0.1', 0, address, port, done)),
    ...openRemoteListeners(client, channels),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(pendingSignals);
      if (socket.destroyed) return;
      client.end();
      socket.destroySoon();
      try {
        if (!socket.closed) await once(socket, 'close', { signal: AbortSignal.timeout(disconnectTimeoutMs) });
      } catch {
        socket.destroy();
      }
    },
  };
}
