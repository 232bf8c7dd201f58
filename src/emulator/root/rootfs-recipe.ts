import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { EmulatorPlace } from '../place.ts';

/** Packages of the device, besides those every Debian system has. */
export const packages: readonly string[] = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'avahi-daemon',
  'openssh-server',
  'docker.io',
  'iptables',
  'iproute2',
  'iputils-ping',
  'network-manager',
  'modemmanager',
  'openvpn',
  'dnsmasq-base',
  'busybox-static',
  'jq',
  'curl',
  'less',
  'procps',
  'rsync',
];

/** Paths of packages that no device needs. */
export const excludedPaths: readonly string[] = [
  'doc',
  'man',
  'locale',
  'info',
  'lintian',
  'bash-completion',
].map(name => `/usr/share/${name}/*`);

/** Names of the two stages: packages alone, and with the device's own files. They change when their content would. */
export interface Recipe {
  readonly base: string;
  readonly finished: string;
}

const digest = (parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 12);
};

async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => path.join(entry.parentPath, entry.name))
    .sort();
}

/** The recipe for this release of the distribution. */
export async function readRecipe(place: EmulatorPlace, suite: string): Promise<Recipe> {
  const base = digest(['2', suite, process.arch, ...packages, ...excludedPaths]);
  const files = [
    ...(await listFiles(path.join(place.resourceDirectory, 'rootfs'))),
    path.join(place.resourceDirectory, 'scripts', 'finish-rootfs.sh'),
  ];
  const parts: (string | Buffer)[] = [base];
  for (const file of files) parts.push(path.relative(place.resourceDirectory, file), await readFile(file));
  return { base: `base-${suite}-${base}`, finished: `rootfs-${suite}-${digest(parts)}` };
}
