import type { DevicePicker } from '../device/choose-target.ts';
import type { Authentication } from '../ssh/keys/authentication.ts';

/** Dependencies that reaching a device has on its caller. A program without a person omits the questions. */
export interface ReachContext {
  readonly signal: AbortSignal;
  /** Says something that a person may want to know. Text of devices in it is not sanitised. */
  readonly note: (text: string) => void;
  /** Lets a person choose one of several devices; omitted if no person can be prompted. */
  readonly pickDevice?: DevicePicker | undefined;
  /** Prompts for the passphrase of a key; undefined: declined. Omitted if no person can be prompted. */
  readonly askPassphrase?: Authentication['askPassphrase'];
}

/** Credentials for a device's host. */
export interface Login {
  /** A private key that the person named. */
  readonly identityFile?: string | undefined;
  /** Default `root`. */
  readonly username?: string | undefined;
}
