/** Opens a root session on a device by the device's name: find, dial, authenticate, prove, remember. */
import { OsError } from '../../core/errors.ts';
import type { Candidate } from '../../device/candidate.ts';
import { ports } from '../../net/ports.ts';
import { reachDevice, type Attempt } from '../../device/reach-device.ts';
import { openTcp } from '../../net/tcp.ts';
import type { DeviceTarget } from '../../device/target.ts';
import type { HostKeyPolicy } from '../../ssh/connect/host-keys.ts';
import type { SshSession } from '../../ssh/session.ts';
import { systemLookup } from '../find/lookup.ts';
import { openHost, runOver } from '../find/probe.ts';
import { knownDevices, rememberDevices } from '../memory.ts';
import { cannotVerify, prove } from '../prove.ts';
import type { Login, ReachContext } from '../reach-context.ts';
import { hostKeyNameOf, isHostKeyKnown } from './known-host-keys.ts';
import { readUuid } from './read-uuid.ts';
import { openUserSession } from './user-session.ts';

/** A session, and the device it is connected to. */
export interface ReachedHost {
  readonly session: SshSession;
  readonly address: string;
  /** The device's name on the network if one is known, e.g. `mydevice.local`. */
  readonly host: string | null;
}

export interface HostRequest extends Login {
  readonly target: DeviceTarget;
  /** Port of the SSH server; default: the target's own, else 22222. */
  readonly port?: number | undefined;
  /** Former name or address of the device: it has to show the host key that it showed there. */
  readonly knownAs?: Pick<Candidate, 'host' | 'address'> | undefined;
  /** Which host keys it may show; default: trust on first use. */
  readonly hostKeys?: HostKeyPolicy | undefined;
}

/** Opens a session at one address and proves that the device there is the right one. */
async function dial(
  to: Candidate,
  port: number,
  request: HostRequest,
  { attempt, context }: { readonly attempt: Attempt; readonly context: ReachContext },
): Promise<{ readonly session: SshSession; readonly isKeyKnown: boolean }> {
  const { signal } = attempt;
  const keyOwner = request.knownAs ?? to;
  const isKeyKnown = await isHostKeyKnown(keyOwner, port);
  const evidence = { port, engineId: null };
  // The key that it shows is trusted from then on, so a remembered address is proven before it is shown.
  if (!isKeyKnown && to.source === 'known')
    await prove(
      { ...to, uuidPrefix: null },
      {
        ...evidence,
        hasKnownHostKey: false,
        readUuid: () => readUuid(openHost(to.address, port), signal),
      },
    );
  const openSocket = async (innerSignal: AbortSignal): ReturnType<typeof openTcp> => {
    const socket = await openTcp(to.address, port, innerSignal);
    attempt.accepted();
    return socket;
  };
  const hostKeyName = hostKeyNameOf(keyOwner, port);
  const endpoint = { address: to.address, port, hostKeyName, openSocket, hostKeys: request.hostKeys };
  const session = await openUserSession(endpoint, request, { ...context, signal }).catch((error: unknown) => {
    const isRefused = error instanceof OsError && error.code === 'auth-refused';
    throw isRefused && to.uuidPrefix !== null && to.reportedUuid === null ? cannotVerify(to, error) : error;
  });
  try {
    await prove(to, {
      ...evidence,
      hasKnownHostKey: true,
      readUuid: () => readUuid(runOver(session), signal),
    });
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
  return { session, isKeyKnown };
}

/** Opens a root session on the device `target` names. Throws what `reachDevice`, `prove` and `openSshSession` throw. */
export async function reachHost(request: HostRequest, context: ReachContext): Promise<ReachedHost> {
  const { target } = request;
  const port = request.port ?? target.port ?? ports.ssh;
  const { candidate, value } = await reachDevice<{
    readonly session: SshSession;
    readonly isKeyKnown: boolean;
  }>({
    target,
    lookup: systemLookup(context),
    signal: context.signal,
    dial: (to, attempt) => dial(to, port, request, { attempt, context }),
    dispose: async ({ session }) => {
      await session[Symbol.asyncDispose]();
    },
  });
  const { address, host } = candidate;
  if (host !== null && candidate.source === 'network') {
    // A device that has the key it had before is the device it was before.
    const met = value.isKeyKnown ? await knownDevices().list() : [];
    const uuid = met.find(device => device.host === host && device.uuid !== null)?.uuid ?? null;
    await rememberDevices([{ host, addresses: [address], identity: null, uuid }], context.note);
  }
  return { session: value.session, address, host };
}
