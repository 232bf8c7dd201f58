import { isIPv6 } from 'node:net';
import { OsError } from '../core/errors.ts';
import { ports } from '../device/identity.ts';
import { knownHostsName } from '../ssh/known-hosts.ts';
import type { SshTarget } from './ssh-session.ts';

/** Where `named` is: an address or host name with an optional `:port`. */
export function parseSshTarget(named: string | undefined, port: number | undefined): SshTarget {
  const text = named ?? process.env['OS_DEVICE'];
  if (text === undefined || text === '')
    throw new OsError('device-not-named', 'no device is named', { hint: 'name one: os ssh DEVICE' });
  const match = isIPv6(text.split('%')[0] ?? '') ? null : /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? text;
  const sshPort = port ?? Number(match?.[3] ?? ports.ssh);
  return { address, port: sshPort, hostKeyName: knownHostsName(address, sshPort) };
}
