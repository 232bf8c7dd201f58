import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Client, ClientCallback, ClientChannel, TerminalModes } from 'ssh2';
import { messageOf, OsError } from '../core/errors.ts';
import { ChannelSlots } from './channel-slots.ts';
import { collectOutput, toRemoteProcess, type ChannelProcess } from './remote-process.ts';
import { signalSiblings } from './signal-siblings.ts';
import type { SshSession } from './session.ts';

/** How long a polite goodbye may take. */
const farewellMs = 300;
const defaultMaxOutputBytes = 8 * 1024 * 1024;

/** Terminal modes (RFC 4254 §8) with IUTF8 (RFC 8160) alone: erasing a character erases all its bytes. */
const utf8Modes = Buffer.from([42, 0, 0, 0, 1, 0]) as unknown as TerminalModes;

/** ssh2 marks the refusal of a channel (RFC 4254 §5.1) with the server's reason. */
const isChannelRefusal = (error: unknown): boolean => error instanceof Error && 'reason' in error;

/** An authenticated ssh2 client as a session; `where` names the device in messages. */
export function openClientSession(client: Client, socket: Socket, where: string): SshSession {
  const slots = new ChannelSlots();
  let lost: OsError | undefined;
  const onLost = (cause?: unknown): void => {
    lost ??= new OsError('connection-lost', `the connection to ${where} is lost`, {
      hint: 'is the device still powered and on the network?',
      cause,
    });
  };
  client.on('error', onLost).on('end', onLost).on('close', onLost);

  const attempt = (
    begin: (done: ClientCallback) => void,
    signal: AbortSignal | undefined,
  ): Promise<ChannelProcess> =>
    new Promise((resolve, reject) => {
      begin((error, channel: ClientChannel) => {
        if (error) reject(error);
        else resolve(toRemoteProcess(channel, () => lost, signal));
      });
    });

  async function start(
    signal: AbortSignal | undefined,
    begin: (done: ClientCallback) => void,
  ): Promise<ChannelProcess> {
    for (;;) {
      await slots.take(signal);
      try {
        const process = await attempt(begin, signal);
        const release = (): void => slots.release();
        process.ended.then(release, release);
        return process;
      } catch (error) {
        if (isChannelRefusal(error) && slots.learnRefusal()) continue;
        if (!isChannelRefusal(error)) slots.release();
        if (lost !== undefined) throw lost;
        throw new OsError('connection-lost', `${where} does not start a command: ${messageOf(error)}`, {
          cause: error,
        });
      }
    }
  }

  const exec = (command: string | undefined, signal: AbortSignal | undefined): Promise<ChannelProcess> =>
    start(signal, done => (command === undefined ? client.shell(false, done) : client.exec(command, done)));

  const run: SshSession['run'] = async (command, options = {}) => {
    const { input = '', signal, maxOutputBytes = defaultMaxOutputBytes } = options;
    const process = await exec(command, signal);
    process.stdin.end(input);
    return collectOutput(process, command, maxOutputBytes);
  };

  // No session channel, so that the server's limit on those does not count.
  const forward = (to: string, begin: (done: ClientCallback) => void): Promise<ClientChannel> =>
    new Promise((resolve, reject) => {
      if (lost !== undefined) {
        reject(lost);
        return;
      }
      begin((error, channel) => {
        const refusal = (): OsError =>
          lost ??
          new OsError('socket-missing', `${where} does not lead to ${to}: ${messageOf(error)}`, {
            cause: error,
          });
        if (error) reject(refusal());
        else resolve(channel);
      });
    });

  return {
    get isOpen() {
      return lost === undefined;
    },
    run,
    async signalAll(signal) {
      await run(signalSiblings(signal));
    },
    exec: (command, options = {}) => exec(command, options.signal),
    async openTty({ command, term, columns, rows, signal }) {
      const pty = { term, cols: columns, rows, width: 0, height: 0, modes: utf8Modes };
      const tty = await start(signal, done =>
        command === undefined ? client.shell(pty, done) : client.exec(command, { pty }, done),
      );
      // A terminal has one output; nobody reads the other.
      tty.stderr.resume();
      return tty;
    },
    async openBridge(command) {
      const { channel } = await exec(command, undefined);
      channel.stderr.resume();
      return channel;
    },
    openUnixSocket: path => forward(path, done => client.openssh_forwardOutStreamLocal(path, done)),
    openPort: port =>
      forward(`port ${port.toString()}`, done => client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, done)),
    async [Symbol.asyncDispose]() {
      if (socket.destroyed) return;
      client.end();
      socket.destroySoon();
      try {
        if (!socket.closed) await once(socket, 'close', { signal: AbortSignal.timeout(farewellMs) });
      } catch {
        socket.destroy();
      }
    },
  };
}
