import type { Socket } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Authentication } from '../../ssh/keys/authentication.ts';
import { trustOnFirstUse, type HostKeyPolicy } from '../../ssh/connect/host-keys.ts';
import { openSshSession } from '../../ssh/connect/open-session.ts';
import type { SshSession } from '../../ssh/session.ts';
import type { Login, ReachContext } from '../reach-context.ts';
import { knownHostsFile } from './known-host-keys.ts';

/** Address of a device's SSH server, and the name its host key is remembered under. */
export interface SshEndpoint {
  readonly address: string;
  readonly port: number;
  readonly hostKeyName: string;
  /** Opens the TCP connection to that port. */
  readonly openSocket: (signal: AbortSignal) => Promise<Socket>;
  /** Default: trust on first use. */
  readonly hostKeys?: HostKeyPolicy | undefined;
}

const windowsAgentPipe = String.raw`\\.\pipe\openssh-ssh-agent`;

/** The keys of this user, tried in OpenSSH's order. */
function userAuthentication({ identityFile }: Login, { note, askPassphrase }: ReachContext): Authentication {
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
    askPassphrase,
    note: text => note(sanitizeLine(text)),
  };
}

/** Opens a session with this user's keys and trusted host keys. Throws what `openSshSession` throws. */
export function openUserSession(
  endpoint: SshEndpoint,
  login: Login,
  context: ReachContext,
): Promise<SshSession> {
  const { signal, note } = context;
  return openSshSession({
    ...endpoint,
    ...(login.username === undefined ? {} : { username: login.username }),
    signal,
    authentication: userAuthentication(login, context),
    hostKeys:
      endpoint.hostKeys ??
      trustOnFirstUse({
        file: knownHostsFile(),
        onTrusted: ({ name, fingerprint, failure }) => {
          const howLong = failure === undefined ? 'from now on' : 'this once';
          note(`trusting the SSH host key of ${sanitizeLine(name)} ${howLong}: ${fingerprint}`);
          if (failure !== undefined) note(`it is not remembered: ${failure.message}`);
        },
      }),
  });
}
