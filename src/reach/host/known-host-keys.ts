/** The host keys that `os` trusts, by the names of devices. */
import path from 'node:path';
import type { Candidate } from '../../device/candidate.ts';
import { hostLabel, isNamed } from '../../device/naming.ts';
import { ports } from '../../net/ports.ts';
import type { DeviceTarget } from '../../device/target.ts';
import {
  forgetHostKeys,
  readHostKeys,
  trustOnProof,
  type HostKeyPolicy,
} from '../../ssh/connect/host-keys.ts';
import { findKnownHosts, knownHostsName } from '../../ssh/connect/known-hosts.ts';
import { stateDirectory } from '../../state/paths.ts';
import { findEmulated } from '../find/emulated.ts';
import { knownDevices } from '../memory.ts';

/** The file of host keys that `os` trusts. */
export const knownHostsFile = (): string => path.join(stateDirectory(), 'known_hosts');

/**
 * Returns the name of the device at `candidate` in known_hosts: its name on the network, since addresses are
 * reassigned.
 */
export function hostKeyNameOf(candidate: Pick<Candidate, 'host' | 'address'>, port: number): string {
  return knownHostsName(candidate.host ?? candidate.address, port);
}

/** True if a host key is known for the device at `candidate`, so that another one there is noticed. */
export async function isHostKeyKnown(
  candidate: Pick<Candidate, 'host' | 'address'>,
  port: number,
): Promise<boolean> {
  return findKnownHosts(await readHostKeys(knownHostsFile()), hostKeyNameOf(candidate, port)).some(
    ({ isRevoked }) => !isRevoked,
  );
}

/** Accepts any host key; `trust` then stores it as the only one of the device at `candidate`, which has proved itself. */
export function openLateTrust(
  candidate: Pick<Candidate, 'host' | 'address'>,
  port: number,
): { readonly hostKeys: HostKeyPolicy; readonly trust: () => Promise<void> } {
  const hostKeys = trustOnProof(knownHostsFile());
  return {
    hostKeys,
    // No other port: another device may be behind it.
    trust: () => hostKeys.trust(hostKeyNameOf(candidate, port), [knownHostsName(candidate.address, port)]),
  };
}

/**
 * Returns the names under which known_hosts may list the device `target` names: its own, and those of known devices of
 * that name.
 */
async function hostKeyNames(target: DeviceTarget, port: number): Promise<string[]> {
  switch (target.kind) {
    case 'address':
      return [knownHostsName(target.address, port)];
    case 'dns':
      return [knownHostsName(target.host, port)];
    case 'mdns':
    case 'word':
    case 'uuid': {
      const met = (await knownDevices().list()).filter(device => isNamed(device, target));
      const emulated = target.kind === 'word' ? await findEmulated(hostLabel(target.host)) : undefined;
      return [
        ...(target.kind === 'uuid' ? [] : [target.host]),
        ...(emulated === undefined ? [] : [emulated.host, emulated.address]),
        ...met.flatMap(({ host, addresses }) => [host, ...addresses]),
      ].map(host => knownHostsName(host, port));
    }
  }
}

/** Forgets the host keys of the device `target` names. Returns false if there were none. */
export async function forgetHost(target: DeviceTarget, sshPort?: number): Promise<boolean> {
  const port = sshPort ?? target.port ?? ports.ssh;
  return forgetHostKeys(knownHostsFile(), await hostKeyNames(target, port));
}
