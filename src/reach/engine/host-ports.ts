import type { Duplex } from 'node:stream';
import { OsError } from '../../core/errors.ts';
import { unlessAborted } from '../../core/unless-aborted.ts';
import { ports } from '../../net/ports.ts';
import { openTcp, PortFailure } from '../../net/tcp.ts';
import { keepSession, type LastingSession } from '../../ssh/lasting-session.ts';
import type { SshSession } from '../../ssh/session.ts';
import type { ReachedEngine } from './reached-engine.ts';

/** Connections to ports of a device's own loopback address. */
export interface HostPorts extends AsyncDisposable {
  /** Throws as opening the session does, OsError `socket-missing` if nothing accepts there. */
  open(port: number): Promise<Duplex>;
}

/** The members of a reached engine that lead to its device's supervisor. */
export type SupervisorPlace = Pick<ReachedEngine, 'address' | 'name' | 'port' | 'openOnHost'>;

/** Opens the SSH session when the first connection is wanted, and again when it is lost. */
export function openHostPorts(openSession: () => Promise<SshSession>): HostPorts {
  let opening: Promise<LastingSession> | undefined;
  const open = async (): Promise<LastingSession> => {
    try {
      return keepSession(await openSession(), openSession);
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };
  return {
    async open(port) {
      const lasting = await (opening ??= open());
      return (await lasting.get()).openPort(port);
    },
    async [Symbol.asyncDispose]() {
      const lasting = await opening?.catch(() => undefined);
      await lasting?.[Symbol.asyncDispose]();
    },
  };
}

/**
 * Connects to the supervisor's API: on the network, or over SSH if its port is not open there or the engine was reached over
 * SSH. Once SSH was needed, it stays the way. Throws OsError `device-unreachable`.
 */
export function openSupervisorPort(
  { address, name, port, openOnHost }: SupervisorPlace,
  openDirect: (address: string, port: number, signal: AbortSignal) => Promise<Duplex> = openTcp,
): (signal: AbortSignal) => Promise<Duplex> {
  let isOverSsh = port === null;
  const overSsh = async (signal: AbortSignal, onNetwork: string): Promise<Duplex> => {
    const connecting = openOnHost(ports.supervisor);
    try {
      const socket = await unlessAborted(connecting, signal);
      isOverSsh = true;
      return socket;
    } catch (error) {
      // A connection that opens too late is closed.
      void connecting.then(socket => socket.destroy()).catch(() => undefined);
      signal.throwIfAborted();
      if (!(error instanceof OsError) && !(error instanceof PortFailure)) throw error;
      const overSshToo =
        error instanceof OsError && error.code === 'socket-missing' ? 'nothing answers there' : error.message;
      throw new OsError(
        'device-unreachable',
        `the supervisor of ${name} is not reached: ${onNetwork}over SSH ${overSshToo}`,
        { hint: `it restarts, or this device has none: \`os info ${name}\` says which`, cause: error },
      );
    }
  };
  return async signal => {
    if (isOverSsh) return await overSsh(signal, '');
    try {
      return await openDirect(address, ports.supervisor, signal);
    } catch (error) {
      if (!(error instanceof PortFailure)) throw error;
      return await overSsh(signal, `port ${ports.supervisor.toString()}: ${error.answer.outcome}; `);
    }
  };
}
