import type { Duplex } from 'node:stream';
import { messageOf, OsError } from '../../core/errors.ts';
import type { DeviceIdentity } from '../../device/identity.ts';
import type { RunOnHost } from '../../device/probe.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Login } from '../reach-context.ts';

export interface EngineRequest extends Login {
  /** The command's first argument. */
  readonly named: string | undefined;
  readonly via: 'tcp' | 'ssh';
  /** Default: the port that `named` has, else those that engines have. */
  readonly enginePort?: number | undefined;
}

/** An engine, and the device it belongs to. Disposing the engine closes everything. */
export interface ReachedEngine {
  readonly engine: Engine;
  readonly address: string;
  /** The name by which a person knows the device. */
  readonly name: string;
  /** The TCP port that it answers on; null where it is reached through SSH. */
  readonly port: number | null;
  /** Another connection to the same engine, the same way. */
  readonly openSocket: () => Promise<Duplex>;
  /** In the form of `uname -m`. */
  readonly architecture: string | null;
  /** The engine's own unique id; null if it has not reported it yet. */
  readonly engineId: string | null;
  /** Directory in which the engine stores images; null if it has not reported it yet. */
  readonly rootDirectory: string | null;
  /** Runs a script on the host, if that needs no prompt. */
  readonly runOnHost: RunOnHost;
  /**
   * Connects to a TCP port of the device's own loopback address over SSH, if that needs no prompt. Throws as opening a session
   * does, and OsError `socket-missing` if nothing accepts there.
   */
  readonly openOnHost: (port: number) => Promise<Duplex>;
  /**
   * Returns the device's identity: the stored one of this very device, else its present answers, over any open port.
   * null if it does not answer.
   */
  readonly identify: (signal: AbortSignal) => Promise<DeviceIdentity | null>;
}

/** An engine that was there is out of reach. */
export const engineGone = (name: string, cause: unknown): OsError =>
  new OsError('connection-lost', `the engine of ${name} is gone: ${messageOf(cause)}`, {
    hint: 'is the device still powered and on the network?',
    cause,
  });
