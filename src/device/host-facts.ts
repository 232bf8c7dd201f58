import { composeOs, parseLayers, parseOsRelease, type OsComposition } from '../core/os-release.ts';
import { jsonOf, textAt } from '../net/json-fields.ts';

/** Facts from the host OS's own files, read over SSH. */
export interface HostFacts {
  readonly hostname: string | null;
  /** /etc/os-release, with its keys unchanged. */
  readonly osRelease: Readonly<Record<string, string>>;
  /** /mnt/boot/config.json if it is an object, else null. Contains secrets: never print it whole. */
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly deviceType: string | null;
  readonly arch: string | null;
  readonly hasSupervisor: boolean;
  readonly kernel: string | null;
  readonly machine: string | null;
  readonly uptimeS: number | null;
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number } | null;
  readonly storage: {
    readonly mountPoint: string;
    readonly sizeBytes: number;
    readonly usedBytes: number;
    readonly availableBytes: number;
  }[];
  /** Components of the OS and their versions, e.g. systemd, NetworkManager, OpenSSH. */
  readonly components: { readonly name: string; readonly version: string }[];
  readonly units: { readonly name: string; readonly state: string }[];
  readonly composition: OsComposition;
}

const sections = {
  hostname: 'cat /proc/sys/kernel/hostname',
  osRelease: 'cat /etc/os-release',
  config: 'cat /mnt/boot/config.json',
  deviceType: 'cat /mnt/boot/device-type.json',
  supervisor:
    'for n in balena resin; do for d in /lib /usr/lib /etc; do [ -s $d/systemd/system/$n-supervisor.service ] && echo yes; done; done',
} as const;

const moreSections = {
  layers: 'cat /mnt/boot/image-version-info',
  fingerprint: 'for n in balenaos resinos; do grep -c . /mnt/boot/$n.fingerprint; done',
  uname: 'uname -r; uname -m',
  uptime: 'cat /proc/uptime',
  memory: 'cat /proc/meminfo',
  storage: 'df -kP / /mnt/boot /mnt/state /mnt/data',
  components:
    'for c in "systemctl --version" "NetworkManager --version" "dnsmasq --version" "avahi-daemon --version" "openvpn --version" "ModemManager --version"; do $c 2>/dev/null | head -n 1; done; (sshd -V || ssh -V) 2>&1 | grep -m 1 OpenSSH',
  units:
    'for u in balena docker balena-supervisor resin-supervisor avahi-daemon sshd.socket NetworkManager ModemManager dnsmasq openvpn chronyd; do systemctl show -p Id -p LoadState -p ActiveState $u | tr "\\n" " "; echo; done',
} as const;

export type HostFactsScope = 'identity' | 'everything';

/** The script that prints a host's facts. Each section starts with a line `boundary name`. POSIX sh and busybox will do. */
export function hostFactsScript(boundary: string, scope: HostFactsScope): string {
  const chosen = { ...sections, ...(scope === 'everything' ? moreSections : {}) };
  const parts = Object.entries(chosen).map(([name, command]) => `echo; echo ${boundary} ${name}; ${command}`);
  return `exec 2>/dev/null; PATH=$PATH:/usr/sbin:/sbin; ${parts.join('; ')}; exit 0`;
}

function parseMemory(text: string): HostFacts['memory'] {
  const bytesOf = (key: string): number | null => {
    const match = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text);
    return match === null ? null : Number(match[1]) * 1024;
  };
  const [totalBytes, availableBytes] = [bytesOf('MemTotal'), bytesOf('MemAvailable') ?? bytesOf('MemFree')];
  return totalBytes === null || availableBytes === null ? null : { totalBytes, availableBytes };
}

/** Of a directory on which nothing is mounted, df tells the partition that it is on: that is told once. */
function parseStorage(text: string): HostFacts['storage'] {
  return [...new Set(text.split('\n'))].flatMap(line => {
    const match = /^\S+\s+(\d+)\s+(\d+)\s+(\d+)\s+\S+\s+(\/.*)$/.exec(line);
    if (match === null) return [];
    const [sizeBytes = 0, usedBytes = 0, availableBytes = 0] = match
      .slice(1, 4)
      .map(kib => Number(kib) * 1024);
    return [{ mountPoint: match[4] ?? '', sizeBytes, usedBytes, availableBytes }];
  });
}

function parseComponents(text: string): HostFacts['components'] {
  const patterns: [name: string, pattern: RegExp][] = [
    ['systemd', /^systemd (\S+)/m],
    ['NetworkManager', /^(\d+\.\d+\S*)$/m],
    ['dnsmasq', /^Dnsmasq version (\S+)/im],
    ['avahi', /^avahi-daemon (\S+)/m],
    ['OpenVPN', /^OpenVPN (\S+)/m],
    ['ModemManager', /^ModemManager (\S+)/m],
    ['OpenSSH', /OpenSSH_([^\s,]+)/],
  ];
  return patterns.flatMap(([name, pattern]) => {
    const version = pattern.exec(text)?.[1];
    return version === undefined ? [] : [{ name, version }];
  });
}

function parseUnits(text: string): HostFacts['units'] {
  return text.split('\n').flatMap(line => {
    const { Id, LoadState, ActiveState } = Object.fromEntries(
      line
        .trim()
        .split(' ')
        .map((pair): [string, string] => {
          const at = pair.indexOf('=');
          return [pair.slice(0, at), pair.slice(at + 1)];
        }),
    );
    return Id === undefined || ActiveState === undefined || LoadState !== 'loaded'
      ? []
      : [{ name: Id, state: ActiveState }];
  });
}

/** Parses the output of the script. A missing or malformed section is unknown. */
export function parseHostFacts(printed: string, boundary: string): HostFacts {
  const bySection = new Map<string, string>();
  for (const part of printed.split(`\n${boundary} `).slice(1)) {
    const end = part.indexOf('\n');
    bySection.set(part.slice(0, end === -1 ? part.length : end), end === -1 ? '' : part.slice(end + 1));
  }
  const section = (name: string): string => bySection.get(name)?.trim() ?? '';
  const hostname = section('hostname').split('\n', 1)[0] ?? '';
  const osRelease = parseOsRelease(section('osRelease'));
  const config = jsonOf(section('config'));
  const deviceType = jsonOf(section('deviceType'));
  const [kernel = null, machine = null] = section('uname').split('\n');
  const uptime = Number.parseFloat(section('uptime'));
  return {
    hostname: hostname === '' ? null : hostname,
    osRelease,
    config: typeof config === 'object' && config !== null && !Array.isArray(config) ? { ...config } : null,
    // config.json loses `deviceType` when a device leaves its cloud; device-type.json stays (os-config.json of meta-balena).
    deviceType:
      textAt(deviceType, 'slug') ??
      osRelease['SLUG'] ??
      textAt(config, 'deviceType') ??
      osRelease['MACHINE'] ??
      null,
    arch: textAt(deviceType, 'arch'),
    hasSupervisor: section('supervisor').includes('yes'),
    kernel: kernel === '' ? null : kernel,
    machine,
    uptimeS: Number.isFinite(uptime) ? uptime : null,
    memory: parseMemory(section('memory')),
    storage: parseStorage(section('storage')),
    components: parseComponents(section('components')),
    units: parseUnits(section('units')),
    composition: composeOs(osRelease, {
      layers: parseLayers(section('layers')),
      fingerprintFiles: Number(/^\d+/.exec(section('fingerprint'))?.[0] ?? NaN) || undefined,
    }),
  };
}
