import { messageOf, OsError } from '../core/errors.ts';
import type { RunOnHost } from '../device/probe.ts';
import type { Engine } from '../engine/engine.ts';
import type { Output } from '../ui/output.ts';

export interface ReachEngineOptions {
  /** The command's first argument. */
  named: string | undefined;
  via: 'tcp' | 'ssh';
  enginePort?: number | undefined;
  identityFile?: string | undefined;
  output: Output;
  signal: AbortSignal;
}

/** An engine, and the device it belongs to. Disposing the engine closes everything. */
export interface ReachedEngine {
  readonly engine: Engine;
  readonly address: string;
  /** As a person knows the device. */
  readonly name: string;
  /** In `uname -m`'s words. */
  readonly architecture: string | null;
  /** Where the engine keeps images, as far as it has told already. */
  readonly rootDirectory: string | null;
  /** Runs a script on the host, where that needs nobody to be asked. */
  readonly runOnHost: RunOnHost;
}

/** An engine that was there is out of reach. */
export const engineGone = (name: string, cause: unknown): OsError =>
  new OsError('connection-lost', `the engine of ${name} is gone: ${messageOf(cause)}`, {
    hint: 'is the device still powered and on the network?',
    cause,
  });
