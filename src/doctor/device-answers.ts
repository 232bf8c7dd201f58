import type { EngineFacts } from '../device/engine-probe.ts';
import type { Variant } from '../device/identity.ts';
import type { SupervisorFacts } from '../device/supervisor-probe.ts';
import type { ModeFinding, SupervisorEvidence } from '../supervisor/mode/supervisor-mode.ts';

/** The answer of one port on which an engine may listen. */
export interface EngineAnswer {
  readonly port: number;
  /** null: no engine answered there. */
  readonly facts: EngineFacts | null;
  /** `refused`, `no answer`, `no engine there`, …; null where an engine answered. */
  readonly said: string | null;
  readonly tookMs: number;
}

/** The result of a login as root over SSH. */
export interface SshAnswer {
  readonly isOpen: boolean;
  readonly isLoggedIn: boolean;
  /** Reason for a refusal; null after a login. */
  readonly failure: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

/** A device that was found: what its ports say. Each member is asked once, however many checks read it. */
export interface DeviceAnswers {
  /** The device's name for people. */
  readonly name: string;
  readonly address: string;
  readonly engines: () => Promise<readonly EngineAnswer[]>;
  readonly ssh: () => Promise<SshAnswer>;
  /** null: nothing answers on its port. */
  readonly supervisor: () => Promise<SupervisorFacts | null>;
  /** The runner of the services, as far as the supervisor and `host` show it. */
  readonly supervisorMode: (
    host: Pick<SupervisorEvidence, 'isManaged' | 'container'>,
  ) => Promise<ModeFinding>;
  readonly variant: () => Promise<Variant | null>;
  /**
   * Runs a script on the host and yields what it prints as it comes, all of them over one connection. Throws OsError where the host
   * does not let this user in.
   */
  readonly runOnHost: (script: string, signal: AbortSignal) => AsyncIterable<Buffer>;
}
