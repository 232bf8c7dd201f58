/** The questions that checks may ask of this machine. None of them changes anything. */
import type { OpenFiles } from '../../net/open-files.ts';

export interface NetworkInterface {
  readonly name: string;
  /** `192.0.2.2/24`, `fe80::1/64`. */
  readonly cidrs: readonly string[];
  readonly isLoopback: boolean;
  readonly isUp: boolean;
  /** null where the system does not say. */
  readonly isMulticast: boolean | null;
}

/** The result of a test of multicast DNS on one interface. */
export interface MulticastTest {
  readonly interface: string;
  readonly address: string;
  /** The errno of the failure, e.g. `EPERM`; null where the question could be sent. */
  readonly failure: string | null;
}

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Partial<Record<string, string>>>;
  /** Directory in which `os` remembers devices. */
  readonly stateDirectory: string;
  readonly now: () => number;
  readonly readInterfaces: () => Promise<readonly NetworkInterface[]>;
  /** The text of a file; undefined where it cannot be read. */
  readonly readText: (path: string) => Promise<string | undefined>;
  readonly exists: (path: string) => Promise<boolean>;
  /** The errno of the failure to write a file in `directory` (or in what it would be made in); null where it can be. */
  readonly tryWrite: (directory: string) => Promise<string | null>;
  /** Returns the output of a program; undefined if it is missing, fails or takes more than a second. */
  readonly runProgram: (program: string, args: readonly string[]) => Promise<string | undefined>;
  /** Looks at the open files of all programs; Linux alone. Done once. */
  readonly readOpenFiles: () => Promise<OpenFiles>;
  /** Sends an empty question of multicast DNS on every interface. */
  readonly testMulticast: () => Promise<readonly MulticastTest[]>;
  /** The errno of the failure to share the port of multicast DNS; null where it can be shared. */
  readonly tryMdnsPort: () => Promise<string | null>;
}
