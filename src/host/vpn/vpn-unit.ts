/** The unit of the device's own OpenVPN, as the device describes it. */
import type { Clock } from '../../core/clock.ts';
import { OsError } from '../../core/errors.ts';
import type { HostAccess } from '../host-access.ts';

export const unit = 'openvpn.service';

/** Prints when the unit was started last, by the device's monotonic clock. */
const startedAtCommand = `systemctl show -p ExecMainStartTimestampMonotonic --value ${unit}`;

const factsScript = `export PATH="$PATH:/usr/sbin:/sbin"
systemctl show -p LoadState --value ${unit}
systemctl show -p ActiveState --value ${unit}
${startedAtCommand}
systemctl is-enabled ${unit} 2>/dev/null || true
findmnt -nro TARGET,FSTYPE -T /etc/openvpn
jq -r '.apiKey // .deviceApiKey // empty | "managed"' /mnt/boot/config.json 2>/dev/null
exit 0`;

export interface Facts {
  readonly isThere: boolean;
  /** In the words of systemd. */
  readonly state: string;
  readonly startedAt: string;
  readonly isEnabled: boolean;
  /** True if `/etc/openvpn` is a mount of its own on a disk, as the OS has it from its state partition. */
  readonly isDirectoryKept: boolean;
  readonly isManaged: boolean;
}

/** A connection over which the device is asked, and its end. */
export interface Asked {
  readonly device: Pick<HostAccess, 'commands'>;
  readonly signal: AbortSignal;
}

export async function readFacts({ device, signal }: Asked): Promise<Facts> {
  const { stdout } = await device.commands.run(factsScript, { signal });
  const [load, state = '', startedAt = '', enabled = '', mount = '', managed] = stdout.split('\n');
  const [target, type = ''] = mount.split(' ');
  return {
    isThere: load === 'loaded',
    state,
    startedAt,
    isEnabled: enabled.startsWith('enabled') || enabled === 'static',
    isDirectoryKept: target === '/etc/openvpn' && !/^(tmpfs|ramfs|overlay)$/.test(type),
    isManaged: managed === 'managed',
  };
}

/** Throws OsError `host-refused` where the OS has no OpenVPN, or its cloud writes the profile. */
export function requireUsable({ isThere, isManaged }: Facts): void {
  if (!isThere)
    throw new OsError('host-refused', 'the OS of the device has no OpenVPN', {
      hint: 'run it as a service of a project instead',
    });
  if (isManaged)
    throw new OsError(
      'host-refused',
      "the device's OpenVPN is the one of its cloud, which writes its profile",
      {
        hint: 'run another one as a service of a project',
      },
    );
}

const pauseMs = 250;
const startMs = 15_000;
/** OpenVPN reports that it is up before it sets up its interface, where it may still fail. */
const steadyMs = 1500;

/**
 * Waits until the unit has settled. Returns its state; `failed` also of one that systemd starts again and again.
 */
export async function settle({ device, clock, signal }: Asked & { readonly clock: Clock }): Promise<string> {
  const untilMs = clock.nowMs() + startMs;
  let activeMs: number | undefined;
  for (;;) {
    const { stdout } = await device.commands.run(
      `systemctl show -p ActiveState --value ${unit}; systemctl show -p NRestarts --value ${unit}`,
      { signal },
    );
    const [state = '', restarts = '0'] = stdout.trim().split('\n');
    // A start by hand sets the counter to 0.
    if (restarts !== '0' && restarts !== '') return 'failed';
    const nowMs = clock.nowMs();
    if (state === 'active') {
      activeMs ??= nowMs;
      if (nowMs - activeMs >= steadyMs) return state;
    } else if (!/activating|reloading/.test(state)) return state;
    if (nowMs > untilMs) return state;
    await clock.sleep(pauseMs, signal);
  }
}
