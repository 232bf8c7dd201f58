import { homedir } from 'node:os';
import type { Socket } from 'node:net';
import path from 'node:path';
import { sanitizeLine } from '../core/sanitize.ts';
import type { Authentication } from '../ssh/authentication.ts';
import { trustOnFirstUse } from '../ssh/host-keys.ts';
import { openSshSession } from '../ssh/open-session.ts';
import type { SshSession } from '../ssh/session.ts';
import { stateDirectory } from '../state/paths.ts';
import { note, type Output } from '../ui/output.ts';
import { askSecret, canAsk } from './prompts.ts';

/** Where a device's SSH server is, and the name its host key is remembered under. */
export interface SshTarget {
  address: string;
  port: number;
  hostKeyName: string;
  /** Opens the TCP connection to that port. */
  openSocket: (signal: AbortSignal) => Promise<Socket>;
}

export interface SessionOptions {
  output: Output;
  signal: AbortSignal;
  identityFile?: string | undefined;
  username?: string | undefined;
  /** Left out: the person at the terminal is asked, where there is one. */
  askPassphrase?: Authentication['askPassphrase'];
}

/** Asks the person at the terminal; undefined where nobody can be asked. */
export const askPerson = (signal: AbortSignal): Authentication['askPassphrase'] =>
  canAsk() ? keyFile => askSecret(`Passphrase of ${keyFile}:`, signal) : undefined;

/** The file of host keys that `os` trusts. */
export const knownHostsFile = (): string => path.join(stateDirectory(), 'known_hosts');

const windowsAgentPipe = String.raw`\\.\pipe\openssh-ssh-agent`;

/** The keys of this user, tried as OpenSSH does. */
function userAuthentication(options: SessionOptions): Authentication {
  const { output, identityFile, signal } = options;
  const keyAt = (name: string): string => path.join(homedir(), '.ssh', name);
  const agentSocket = process.env['SSH_AUTH_SOCK'];
  return {
    identityFile,
    agentSocket:
      agentSocket !== undefined && agentSocket !== ''
        ? agentSocket
        : process.platform === 'win32'
          ? windowsAgentPipe
          : undefined,
    keyFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map(keyAt),
    askPassphrase: options.askPassphrase ?? askPerson(signal),
    note: text => note(output, sanitizeLine(text)),
  };
}

/** Opens the session of this user with the device at `target`; throws what `openSshSession` does. */
export function openUserSession(target: SshTarget, options: SessionOptions): Promise<SshSession> {
  const { output, signal, username } = options;
  return openSshSession({
    ...target,
    ...(username === undefined ? {} : { username }),
    signal,
    authentication: userAuthentication(options),
    hostKeys: trustOnFirstUse({
      file: knownHostsFile(),
      onTrusted: ({ name, fingerprint, failure }) => {
        const howLong = failure === undefined ? 'from now on' : 'this once';
        note(output, `trusting the SSH host key of ${sanitizeLine(name)} ${howLong}: ${fingerprint}`);
        if (failure !== undefined) note(output, `it is not remembered: ${failure.message}`);
      },
    }),
  });
}
