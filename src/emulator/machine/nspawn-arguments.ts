import type { DeviceRecord } from '../device/device-record.ts';
import { machineName } from '../device/device-record.ts';
import type { DevicePaths } from '../place.ts';

export interface NspawnInput {
  readonly record: DeviceRecord;
  readonly paths: DevicePaths;
  /** The root file system, which all devices share and none may write. */
  readonly rootfs: string;
  /** The program of its supervisor, and the Node that runs it; of a device that has one. */
  readonly supervisor?: { readonly program: string; readonly node: string };
  readonly bridge: string;
}

/** A path as systemd-nspawn's --bind wants it: a colon separates. */
const escapeColons = (file: string): string => file.replaceAll('\\', '\\\\').replaceAll(':', '\\:');

const supervisorDirectory = '/usr/libexec/os-supervisor';
const supervisorUnit = '/usr/lib/systemd/system/resin-supervisor.service';

/** The arguments of systemd-nspawn that boot a device. */
export function nspawnArguments({ record, paths, rootfs, supervisor, bridge }: NspawnInput): string[] {
  const bind = (from: string, to: string): string => `--bind=${escapeColons(from)}:${to}`;
  const bindReadOnly = (from: string, to: string): string => `--bind-ro=${escapeColons(from)}:${to}`;
  return [
    '--quiet',
    '--boot',
    '--read-only',
    `--directory=${rootfs}`,
    `--machine=${machineName(record)}`,
    `--uuid=${record.uuid}`,
    // There may be no systemd on this machine to register with or to get a unit from.
    '--keep-unit',
    '--register=no',
    `--network-bridge=${bridge}`,
    '--capability=all',
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    '--console=read-only',
    '--tmpfs=/var/volatile:mode=755',
    bind(paths.boot, '/mnt/boot'),
    bind(paths.state, '/mnt/state'),
    bind(paths.data, '/mnt/data'),
    bindReadOnly(paths.osRelease, '/usr/lib/os-release'),
    bindReadOnly(paths.board, '/etc/board.env'),
    // A standalone OS is built without the supervisor.
    ...(record.variant === 'standalone' ? [bindReadOnly('/dev/null', supervisorUnit)] : []),
    ...(supervisor === undefined || (record.supervisorMode ?? 'none') === 'none'
      ? []
      : [
          bindReadOnly(supervisor.node, `${supervisorDirectory}/node`),
          bindReadOnly(supervisor.program, `${supervisorDirectory}/program.mjs`),
          bindReadOnly(paths.supervisorSettings, `${supervisorDirectory}/settings.env`),
        ]),
    bindReadOnly(paths.enginePort, '/usr/lib/systemd/system/balena-engine-tcp.socket.d/port.conf'),
  ];
}
