/** Facts that a device reports about the root that it runs from and about an update on trial (meta-balena, docs/rollbacks.md). */
import { osVersionOf, parseOsRelease } from '../../core/os-release.ts';
import { OsError } from '../../core/errors.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { HostCommands } from '../host-commands.ts';

export type Root = 'A' | 'B';

export interface UpdateStatus {
  readonly version: string | null;
  readonly deviceType: string | null;
  /** The engine's word: `amd64`, `arm64`, `arm`. */
  readonly architecture: string;
  readonly root: Root | null;
  readonly bootId: string;
  /** True while the health check has not decided: a reboot counts as a failed boot. */
  readonly isOnTrial: boolean;
  /** Reason why the device went back to the root that it runs from; null if it did not. */
  readonly rollback: 'health' | 'altboot' | null;
  /** Verdict that the health check recorded. */
  readonly reason: string | null;
  readonly hasUpdater: boolean;
  /** Free bytes of what an update needs room on; null where the device does not say. */
  readonly free: {
    readonly inactive: number | null;
    readonly data: number | null;
    readonly boot: number | null;
    readonly state: number | null;
  };
}

const boundary = '--os-update--';

/** The label of the root's device, or the directory of an emulated one, ends in A or B. */
const script = [
  'cat /etc/os-release',
  'cat /mnt/boot/device-type.json',
  'uname -m',
  'source=$(findmnt -no SOURCE /mnt/sysroot/active); echo "$source"; lsblk -no LABEL "${source%%\\[*}"',
  'cat /proc/sys/kernel/random/boot_id',
  'cd /mnt/state; ls -d rollback-*',
  'cat /mnt/state/rollback-health-failed',
  'command -v hostapp-update',
  'for d in /mnt/sysroot/inactive /mnt/data /mnt/boot /mnt/state; do df -kP $d | tail -n 1; done',
].join(`; echo; echo ${boundary}; `);

const rootOf = (text: string): Root | null => {
  const match = /root([AB])(?:\]|\s|$)/.exec(text);
  return match?.[1] === 'A' || match?.[1] === 'B' ? match[1] : null;
};

/** Of a directory on which nothing is mounted, df tells the partition that it is on. */
const freeOf = (table: string, mount: string): number | null => {
  const kib = new RegExp(`^\\S+\\s+\\d+\\s+\\d+\\s+(\\d+)\\s+\\S+\\s+${mount}$`, 'm').exec(table)?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
};

/** A text of device-type.json. */
function fieldOf(key: 'slug' | 'arch', text: string): string | undefined {
  const value = new RegExp(`"${key}"\\s*:\\s*"([^"]+)"`).exec(text)?.[1];
  return value === undefined ? undefined : sanitizeLine(value);
}

const architectures: Readonly<Partial<Record<string, string>>> = {
  // Of device-type.json.
  aarch64: 'arm64',
  armv7hf: 'arm',
  rpi: 'arm',
  i386: '386',
  // Of `uname -m`, which tells the kernel's: a board may run an OS of 32 bits on one of 64.
  x86_64: 'amd64',
  armv7l: 'arm',
  armv6l: 'arm',
  i686: '386',
};

/** Throws OsErrors of the connection. */
export async function readUpdateStatus(commands: HostCommands, signal: AbortSignal): Promise<UpdateStatus> {
  const { stdout } = await commands.run(`exec 2>/dev/null; PATH=$PATH:/usr/sbin:/sbin; ${script}`, {
    signal,
  });
  const parts = stdout.split(`\n${boundary}\n`).map(part => part.trim());
  const [release = '', deviceType = '', machine = '', source = '', bootId = '', marks = ''] = parts;
  const [, , , , , , reason = '', updater = '', space = ''] = parts;
  if (bootId === '') throw new OsError('host-refused', 'the device does not say which boot it is in');
  const keys = parseOsRelease(release);
  const arch = fieldOf('arch', deviceType) ?? machine;
  const found = new Set(marks.split('\n'));
  return {
    version: osVersionOf(keys) ?? null,
    deviceType: fieldOf('slug', deviceType) ?? keys['SLUG'] ?? keys['MACHINE'] ?? null,
    architecture: architectures[arch] ?? arch,
    root: rootOf(source),
    bootId,
    isOnTrial: found.has('rollback-health-breadcrumb') || found.has('rollback-altboot-breadcrumb'),
    rollback: found.has('rollback-health-triggered')
      ? 'health'
      : found.has('rollback-altboot-triggered')
        ? 'altboot'
        : null,
    reason: reason === '' ? null : sanitizeLine(reason.split('\n', 1)[0] ?? ''),
    hasUpdater: updater !== '',
    free: {
      inactive: freeOf(space, '/mnt/sysroot/inactive'),
      data: freeOf(space, '/mnt/data'),
      boot: freeOf(space, '/mnt/boot'),
      state: freeOf(space, '/mnt/state'),
    },
  };
}

/** The last thing that health check and fallback said in this boot and, where the journal is kept, in earlier ones. */
export async function readTrialJournal(
  commands: HostCommands,
  signal: AbortSignal,
): Promise<string | undefined> {
  const units = ['rollback-health', 'rollback-altboot'];
  const fields = units.map(unit => `_SYSTEMD_UNIT=${unit}.service`).join(' + ');
  const { stdout } = await commands.run(`journalctl -q -o cat -n 1 ${fields} 2>/dev/null`, { signal });
  const line = sanitizeLine(stdout.trim());
  return line === '' ? undefined : line;
}
