/** Makes a change of config.json take effect on a running device. */
import type { HostCommands } from '../host-commands.ts';
import { engineUnits } from '../services/engine-restart.ts';
import type { ConfigEffects } from './config-file.ts';

/** Restarts in the order in which they have to happen on an OS that does not watch the file (before 2.91.0). */
const order = [
  'balena-hostname',
  'development-features',
  'os-sshkeys',
  'balena-net-config',
  'balena-ntp-config',
  'os-networkmanager',
  'os-udevrules',
  'dnsmasq',
  'avahi-daemon',
  'balena',
];

const place = (unit: string): number => (order.includes(unit) ? order.indexOf(unit) : order.length);

/**
 * Returns lines of shell that apply a changed config.json. An OS that watches the file applies the change by itself. A
 * running supervisor is restarted, as it caches the file in memory and would write its old state back.
 */
export function applyCommands({
  restarts,
  changed,
}: Pick<ConfigEffects, 'restarts' | 'changed'>): readonly string[] {
  const units = [...restarts].sort((a, b) => place(a) - place(b));
  const restart = units.map(unit => `systemctl try-restart ${unit}.service`).join('; ');
  return [
    ...(restart === ''
      ? []
      : [`systemctl --quiet is-active config-json.path || { ${restart}; } >/dev/null 2>&1`]),
    // Without a restart of these services, the OS closes or opens the passwordless login only with the next boot.
    ...(changed.includes('os.sshKeys')
      ? ['sleep 2; systemctl restart os-sshkeys.service development-features.service >/dev/null 2>&1']
      : []),
    'for s in balena-supervisor resin-supervisor; do systemctl --quiet is-active $s.service && systemctl --no-block restart $s.service; done >/dev/null 2>&1',
  ];
}

/** True once the kernel has the host name of the file, and the engine runs if it ran before. */
export async function isConfigApplied(
  commands: HostCommands,
  hostname: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (hostname === undefined) return true;
  const { stdout } = await commands.run(
    `cat /proc/sys/kernel/hostname; systemctl is-active ${engineUnits.join(' ')}`,
    {
      signal,
    },
  );
  const [name = '', ...states] = stdout.trim().split('\n');
  return name === hostname && !states.some(state => /activating|deactivating/.test(state));
}

/** The name that the device takes: the file's, else the beginning of its UUID; undefined if neither is known. */
export function hostnameOf(hostname: unknown, uuid: unknown): string | undefined {
  if (typeof hostname === 'string' && hostname !== '') return hostname;
  return typeof uuid === 'string' && uuid !== '' ? uuid.slice(0, 7) : undefined;
}
