/** From a device's name to a root session on it: choose, find, dial, authenticate, remember. */
import { isNamed, type Candidate } from '../device/candidates.ts';
import { chooseTarget } from '../device/choose-target.ts';
import { ports } from '../device/identity.ts';
import { readProjectDevice } from '../device/project-device.ts';
import { reachDevice } from '../device/reach-device.ts';
import { openTcp, unproven } from '../device/reach.ts';
import type { DeviceTarget } from '../device/target.ts';
import { forgetHostKeys, readHostKeys } from '../ssh/host-keys.ts';
import { findKnownHosts, knownHostsName } from '../ssh/known-hosts.ts';
import type { SshSession } from '../ssh/session.ts';
import type { Output } from '../ui/output.ts';
import { browse, rememberDevices } from './browse.ts';
import { knownDevices, systemLookup } from './lookup.ts';
import { canAsk, pickOne } from './prompts.ts';
import { knownHostsFile, openUserSession, type SessionOptions } from './ssh-session.ts';

/** A session, and where it leads. */
export interface ReachedHost {
  session: SshSession;
  address: string;
  /** Its name on the network where one is known, e.g. `mydevice.local`. */
  host: string | null;
}

/** The device that a command is for; see `chooseTarget`. `named` is its first argument. */
export function chooseDevice(
  named: string | undefined,
  { signal, output }: { signal: AbortSignal; output: Output },
): Promise<DeviceTarget> {
  return chooseTarget(
    named,
    {
      environment: process.env['OS_DEVICE'],
      readProjectDevice: () => readProjectDevice(process.cwd()),
      browse: within => browse(within, output),
      pick: canAsk()
        ? (devices, within) =>
            pickOne(
              'Which device?',
              devices.map(device => ({
                name: `${device.host}  ${device.addresses[0] ?? ''}  ${device.identity?.variant ?? ''}`.trimEnd(),
                value: device,
              })),
              within,
            )
        : null,
    },
    signal,
  );
}

/** What known_hosts calls the device at `candidate`: its name on the network, as addresses change hands. */
export function hostKeyNameOf(candidate: Pick<Candidate, 'host' | 'address'>, port: number): string {
  return knownHostsName(candidate.host ?? candidate.address, port);
}

/** Whether a host key is known for the device at `candidate`, so that another one there is noticed. */
export async function isHostKeyKnown(candidate: Candidate, port: number): Promise<boolean> {
  return findKnownHosts(await readHostKeys(knownHostsFile()), hostKeyNameOf(candidate, port)).some(
    ({ isRevoked }) => !isRevoked,
  );
}

/** The names under which known_hosts may hold the device `target` names: its own, and those of what was met under it. */
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
      const hosts = met.flatMap(({ host, addresses }) => [host, ...addresses]);
      return [...(target.kind === 'uuid' ? [] : [target.host]), ...hosts].map(host =>
        knownHostsName(host, port),
      );
    }
  }
}

/** Forgets the host keys of the device `target` names; says whether there were any. */
export async function forgetHost(target: DeviceTarget, sshPort?: number): Promise<boolean> {
  const port = sshPort ?? target.port ?? ports.ssh;
  return forgetHostKeys(knownHostsFile(), await hostKeyNames(target, port));
}

/** Opens a root session on the device `target` names. Throws what `reachDevice` and `openSshSession` throw. */
export async function reachHost(
  target: DeviceTarget,
  options: SessionOptions & { port?: number | undefined },
): Promise<ReachedHost> {
  const { output, signal } = options;
  const port = options.port ?? target.port ?? ports.ssh;
  const { candidate, value } = await reachDevice<{ session: SshSession; isKeyKnown: boolean }>({
    target,
    lookup: systemLookup(within => browse(within, output, { isPatient: true })),
    signal,
    dial: async (to, attempt) => {
      const isKeyKnown = await isHostKeyKnown(to, port);
      if (to.source === 'known' && !isKeyKnown) throw unproven(to.address, port);
      const session = await openUserSession(
        {
          address: to.address,
          port,
          hostKeyName: hostKeyNameOf(to, port),
          openSocket: async within => {
            const socket = await openTcp(to.address, port, within);
            attempt.accepted();
            return socket;
          },
        },
        { ...options, signal: attempt.signal },
      );
      return { session, isKeyKnown };
    },
    dispose: async ({ session }) => {
      await session[Symbol.asyncDispose]();
    },
  });
  const { address, host } = candidate;
  if (host !== null && candidate.source === 'network') {
    // With the key it had before, it is the device it was before.
    const met = value.isKeyKnown ? await knownDevices().list() : [];
    const uuid = met.find(device => device.host === host && device.uuid !== null)?.uuid ?? null;
    await rememberDevices([{ host, addresses: [address], identity: null, uuid }], output);
  }
  return { session: value.session, address, host };
}
