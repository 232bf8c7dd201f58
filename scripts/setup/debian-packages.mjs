// The Debian packages that the emulator and the tests need, and how they get onto this machine.
import fs from 'node:fs';
import path from 'node:path';
import { runChild } from '../child.mjs';

export const commandExists = name =>
  (process.env.PATH ?? '').split(path.delimiter).some(folder => fs.existsSync(path.join(folder, name)));

/**
 * `proof` is a file that shows the package is there. `service` is a daemon the package would start and enable: here its
 * program is wanted, not the daemon, so it is left switched off.
 */
const packages = [
  { name: 'systemd-container', proof: '/usr/bin/systemd-nspawn', use: ['emulator'] },
  { name: 'mmdebstrap', proof: '/usr/bin/mmdebstrap', use: ['emulator'] },
  { name: 'iproute2', proof: '/bin/ip', use: ['emulator', 'tests'] },
  { name: 'util-linux', proof: '/usr/bin/nsenter', use: ['emulator', 'tests'] },
  { name: 'avahi-daemon', proof: '/usr/sbin/avahi-daemon', service: 'avahi-daemon', use: ['tests'] },
  { name: 'openssh-server', proof: '/usr/sbin/sshd', service: 'ssh', use: ['tests'] },
  { name: 'openssh-client', proof: '/usr/bin/ssh', use: ['tests', 'bench'] },
  { name: 'time', proof: '/usr/bin/time', use: ['bench'] },
  // Only its client is wanted, and any will do.
  {
    name: 'docker.io',
    proof: '/usr/bin/docker',
    command: 'docker',
    service: ['docker.socket', 'docker', 'containerd'],
    use: ['bench push', 'bench cp'],
  },
  { name: 'git', proof: '/usr/bin/git', command: 'git', use: ['tests'] },
  { name: 'busybox', proof: '/bin/busybox', command: 'busybox', use: ['tests'] },
  { name: 'rsync', proof: '/usr/bin/rsync', use: ['bench live', 'bench cp'] },
  { name: 'zsh', proof: '/usr/bin/zsh', command: 'zsh', use: ['tests'] },
  { name: 'fish', proof: '/usr/bin/fish', command: 'fish', use: ['tests'] },
  { name: 'tmux', proof: '/usr/bin/tmux', use: ['tests'] },
  {
    name: 'docker-registry',
    proof: '/usr/bin/docker-registry',
    service: 'docker-registry',
    use: ['tests'],
  },
  { name: 'fdisk', proof: '/usr/sbin/sfdisk', use: ['tests', 'bench image'] },
  { name: 'dosfstools', proof: '/usr/sbin/mkfs.vfat', use: ['tests', 'bench image'] },
  { name: 'mtools', proof: '/usr/bin/mcopy', use: ['tests'] },
  { name: 'e2fsprogs', proof: '/usr/sbin/mkfs.ext4', use: ['tests', 'bench image'] },
  { name: 'xz-utils', proof: '/usr/bin/xz', use: ['tests', 'bench image'] },
  { name: 'zstd', proof: '/usr/bin/zstd', use: ['tests', 'bench image'] },
  { name: 'zip', proof: '/usr/bin/zip', use: ['tests'] },
  { name: 'bmap-tools', proof: '/usr/bin/bmaptool', use: ['tests'] },
  { name: 'strace', proof: '/usr/bin/strace', use: ['tests'] },
  { name: 'dropbear-bin', proof: '/usr/sbin/dropbear', use: ['tests'] },
  // Only the parser of profiles is wanted: the library and its bindings, without the daemon.
  { name: 'python3-gi', proof: '/usr/lib/python3/dist-packages/gi/__init__.py', use: ['tests'] },
  { name: 'gir1.2-nm-1.0', proof: '/usr/share/doc/gir1.2-nm-1.0', use: ['tests'] },
  { name: 'docker-compose', proof: '/usr/bin/docker-compose', use: ['tests'] },
];

/** The packages that `uses` needs and that are not installed. */
export const missingPackages = uses =>
  packages.filter(
    ({ use, proof, command }) =>
      use.some(it => uses.includes(it)) && !fs.existsSync(proof) && !(command && commandExists(command)),
  );

const policy = '/usr/sbin/policy-rc.d';

/** Keeps package scripts from starting daemons, unless the machine has a policy of its own. */
function forbidDaemons() {
  try {
    fs.writeFileSync(policy, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 });
    return () => fs.rmSync(policy, { force: true });
  } catch (error) {
    if (error.code === 'EEXIST') return () => {};
    throw error;
  }
}

const apt = (args, onLine) =>
  runChild(['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    command: 'apt-get',
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    timeoutMs: 20 * 60_000,
    onLine,
  });

const lastLines = text => text.trim().split('\n').slice(-8).join('\n');

/** Installs `missing`; returns what went wrong, or undefined. */
export async function installPackages(missing, say) {
  const names = missing.map(({ name }) => name);
  say(`installing Debian packages: ${names.join(', ')}`);
  const allow = forbidDaemons();
  try {
    const install = () =>
      apt(['install', '-y', '--no-install-recommends', ...names], line => {
        const [, size, name] = /^Need to get (\S+ \S+)|^Setting up (\S+)/.exec(line) ?? [];
        if (size !== undefined) say(`  fetching ${size}`);
        if (names.includes(name)) say(`  setting up ${name}`);
        if (/^Waiting for cache lock/.test(line)) say('  waiting for another apt to end');
      });
    let result = await install();
    if (result.code !== 0) {
      // No package lists yet, or old ones.
      say('  reading the package lists (apt-get update)');
      const update = await apt(['update']);
      if (update.code !== 0) say(`  apt-get update failed:\n${lastLines(update.text)}`);
      result = await install();
    }
    if (result.code !== 0) return lastLines(result.error?.message ?? result.text);
    const services = missing.flatMap(({ service }) => service ?? []);
    if (services.length > 0) await runChild(['--quiet', 'disable', ...services], { command: 'systemctl' });
    const still = missing.filter(({ proof }) => !fs.existsSync(proof));
    return still.length > 0
      ? `installed, but not there: ${still.map(({ proof }) => proof).join(', ')}`
      : undefined;
  } finally {
    allow();
  }
}
