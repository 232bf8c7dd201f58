/** The device's own OpenVPN, with a profile of the user, in the directory that the OS keeps writable for it. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { HostAccess } from '../host-access.ts';
import { guardChange, type GuardEvent } from '../undo/guard-change.ts';
import type { FileBefore } from '../undo/undo-plan.ts';
import { readFacts, requireUsable, settle, unit, type Asked, type Facts } from './vpn-unit.ts';

/** The file that the unit of the OS reads. */
export const vpnConfigPath = '/etc/openvpn/openvpn.conf';

export interface VpnState {
  readonly unit: string;
  /** In the words of systemd. */
  readonly state: string;
  /** True if the device starts it again with this profile at its next boot. */
  readonly isKept: boolean;
  /** The reason if it does not; null if it does. */
  readonly reason: string | null;
}

export interface VpnRequest {
  /** Undefined: the one that the device has. */
  readonly profile: Uint8Array | undefined;
  /** Seconds until the device takes the profile back by itself; undefined: it keeps it. */
  readonly undoAfterS: number | undefined;
}

export interface VpnDependencies {
  readonly device: Pick<HostAccess, 'files' | 'commands'> & {
    readonly address: string;
    /** Reaches the device again, at one of its places. */
    readonly reopen: (signal: AbortSignal, place: string) => Promise<HostAccess>;
  };
  readonly clock: Clock;
  readonly report: (event: GuardEvent) => void;
  readonly signal: AbortSignal;
}

/** Its last words that tell why it does not run; undefined if there are none. */
async function readReason({ device, signal }: VpnDependencies): Promise<string | undefined> {
  const { stdout } = await device.commands.run(`journalctl _SYSTEMD_UNIT=${unit} -n 20 -o cat --no-pager`, {
    signal,
  });
  return stdout
    .split('\n')
    .filter(line => /error|cannot|can't|fail/i.test(line) && !line.startsWith('Exiting due to'))
    .at(-1);
}

/** The state that a new profile replaces. */
interface Former {
  readonly file: FileBefore;
  /** True if OpenVPN ran with it, or tried to. */
  readonly isRunning: boolean;
}

const mode = 0o600;
const restartCommand = `systemctl restart --no-block ${unit}`;
const stopCommand = `systemctl stop ${unit}; systemctl reset-failed ${unit}`;

async function readFormer({ state }: Facts, { device, signal }: VpnDependencies): Promise<Former> {
  const content = await device.files.read(vpnConfigPath, { signal });
  return {
    file: { path: vpnConfigPath, content, mode },
    isRunning: content !== undefined && /^(active|activating|reloading)$/.test(state),
  };
}

interface Change extends Pick<VpnRequest, 'undoAfterS'> {
  readonly former: Former;
  readonly apply: () => Promise<void>;
  readonly isWritten: () => boolean;
  readonly isApplied: (asked: Asked) => Promise<boolean>;
}

/** Makes a change that the device itself takes back unless it is reached again. Throws OsError `connection-lost` then. */
async function unlessUndone(
  { undoAfterS, former, apply, isWritten, isApplied }: Change,
  { device, clock, report, signal }: VpnDependencies,
): Promise<void> {
  if (undoAfterS === undefined) {
    await apply();
    return;
  }
  await guardChange(
    {
      plan: {
        id: randomBytes(5).toString('hex'),
        afterS: undoAfterS,
        files: [former.file],
        commands: [stopCommand, ...(former.isRunning ? [restartCommand] : [])],
      },
      places: [device.address],
      apply,
      isWritten,
      isApplied: (commands, innerSignal) => isApplied({ device: { commands }, signal: innerSignal }),
    },
    {
      clock,
      commands: device.commands,
      reopen: (place, innerSignal) => device.reopen(innerSignal, place),
      report,
      signal,
    },
  );
}

/** Puts the former profile back, and starts OpenVPN again if it ran with it. Returns what to tell of that. */
async function goBack({ file, isRunning }: Former, dependencies: VpnDependencies): Promise<string> {
  const { device, signal } = dependencies;
  if (file.content === undefined) await device.files.remove(file.path, { signal });
  else await device.files.writeAtomically(file.path, file.content, { mode: file.mode, signal });
  if (!isRunning) return 'the device has the profile that it had before';
  await device.commands.run(restartCommand, { signal });
  const state = await settle(dependencies);
  return state === 'active'
    ? 'it runs again with the profile that it had before'
    : `the device has the profile that it had before; with it OpenVPN is ${sanitizeLine(state)}`;
}

/**
 * Gives the device's OpenVPN `profile` (the one that it has, if undefined), and starts it. Where it does not start, the
 * former profile is put back, and OpenVPN runs again if it did before: throws OsError `service-failed` with its last words.
 * With `undoAfterS` the device does the same by itself unless it is reached again: throws OsError `connection-lost`. Throws
 * `usage` if there is no profile.
 */
export async function enableVpn(
  { profile, undoAfterS }: VpnRequest,
  dependencies: VpnDependencies,
): Promise<VpnState> {
  const { device, clock, signal } = dependencies;
  const facts = await readFacts(dependencies);
  requireUsable(facts);
  const former = await readFormer(facts, dependencies);
  if (profile === undefined && former.file.content === undefined)
    throw new OsError('usage', 'the device has no profile of OpenVPN yet', {
      hint: 'give it one: --profile FILE',
    });
  let isWritten = false;
  let after: Facts | undefined;
  const apply = async (): Promise<void> => {
    if (profile !== undefined) {
      await device.files.writeAtomically(vpnConfigPath, profile, { mode, signal });
      isWritten = true;
    }
    // The root is read-only, so that this fails where the OS has not enabled the unit itself.
    if (!facts.isEnabled) await device.commands.run(`systemctl enable ${unit}`, { signal });
    await device.commands.run(restartCommand, { signal });
    const state = await settle(dependencies);
    if (state === 'active') return;
    const reason = await readReason(dependencies);
    await device.commands.run(stopCommand, { signal });
    let hint = `\`os services ${sanitizeLine(device.address)} openvpn --logs\` shows more`;
    if (profile !== undefined) {
      hint = await goBack(former, dependencies);
      isWritten = false;
    }
    throw new OsError(
      'service-failed',
      `OpenVPN does not start with this profile: ${sanitizeLine(reason ?? state)}`,
      { hint },
    );
  };
  await unlessUndone(
    {
      undoAfterS,
      former,
      apply,
      isWritten: () => isWritten,
      // Of a connection that was lost early it is not known whether OpenVPN was started with the new profile.
      isApplied: async asked => {
        const state = await settle({ ...asked, clock });
        after = await readFacts(asked);
        return state === 'active' && after.startedAt !== facts.startedAt;
      },
    },
    dependencies,
  );
  return { unit, state: 'active', ...keptOf(after ?? (await readFacts(dependencies))) };
}

function keptOf({ isDirectoryKept, isEnabled }: Facts): Pick<VpnState, 'isKept' | 'reason'> {
  if (!isDirectoryKept) return { isKept: false, reason: '/etc/openvpn does not outlast a reboot on this OS' };
  if (!isEnabled)
    return { isKept: false, reason: 'the unit is not enabled, and the read-only root does not let it be' };
  return { isKept: true, reason: null };
}

/**
 * Stops the device's OpenVPN and removes its profile. With `undoAfterS` the device takes both back by itself unless it is
 * reached again, as where it is reached through that VPN: throws OsError `connection-lost`.
 */
export async function disableVpn(
  { undoAfterS }: Pick<VpnRequest, 'undoAfterS'>,
  dependencies: VpnDependencies,
): Promise<VpnState> {
  const { device, clock, signal } = dependencies;
  const facts = await readFacts(dependencies);
  requireUsable(facts);
  const former = await readFormer(facts, dependencies);
  // Nothing is reached through a VPN that does not run.
  const guardedS = former.isRunning ? undoAfterS : undefined;
  let isWritten = false;
  let state = facts.state;
  const isApplied = async (asked: Asked): Promise<boolean> => {
    state = await settle({ ...asked, clock });
    return state !== 'active';
  };
  const apply = async (): Promise<void> => {
    // The connection may be lost by the stop.
    await device.files.remove(vpnConfigPath, { signal });
    isWritten = true;
    await device.commands.run(stopCommand, { signal });
  };
  await unlessUndone(
    { undoAfterS: guardedS, former, apply, isWritten: () => isWritten, isApplied },
    dependencies,
  );
  if (guardedS === undefined) await isApplied(dependencies);
  return { unit, state, isKept: false, reason: 'its profile was removed' };
}
