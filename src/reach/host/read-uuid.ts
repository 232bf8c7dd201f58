import { OsError } from '../../core/errors.ts';
import type { Candidate } from '../../device/candidate.ts';
import { textAt } from '../../net/json-fields.ts';
import { ports } from '../../net/ports.ts';
import { readHostFacts, type RunOnHost } from '../../device/probe.ts';
import { openTcp, PortFailure } from '../../net/tcp.ts';
import { unreachable } from '../../device/unreachable.ts';
import { openHost, runOver } from '../find/probe.ts';
import type { Login, ReachContext } from '../reach-context.ts';
import { hostKeyNameOf } from './known-host-keys.ts';
import { openUserSession } from './user-session.ts';

/** The UUID in the configuration of the device that `run` runs scripts on; null without one. Throws what `run` throws. */
export async function readUuid(run: RunOnHost, signal: AbortSignal): Promise<string | null> {
  return textAt((await readHostFacts(run, 'identity', signal)).config, 'uuid');
}

/**
 * Runs scripts on the host at a candidate's address: without a login if it lets anybody in, else with this user's keys.
 * Throws OsError if it refuses both.
 */
export function openAnyHost(candidate: Candidate, login: Login, context: ReachContext): RunOnHost {
  const { address } = candidate;
  return async (script, signal) => {
    try {
      return await openHost(address, ports.ssh)(script, signal);
    } catch (error) {
      if (error instanceof PortFailure) throw unreachable(address, [error.answer]);
      if (!(error instanceof OsError) || error.code !== 'auth-refused') throw error;
    }
    await using session = await openUserSession(
      {
        address,
        port: ports.ssh,
        hostKeyName: hostKeyNameOf(candidate, ports.ssh),
        openSocket: innerSignal => openTcp(address, ports.ssh, innerSignal),
      },
      login,
      { ...context, signal },
    );
    return await runOver(session)(script, signal);
  };
}
