import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Namespace } from './namespaces.ts';

/** What a device advertises, word for word. */
const deviceService = `<?xml version="1.0" standalone='no'?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name replace-wildcards="yes">%h</name>
  <service>
    <type>_ssh._tcp</type>
    <subtype>_resin-device._sub._ssh._tcp</subtype>
    <port>22222</port>
  </service>
</service-group>
`;

export interface AvahiOptions {
  hostName: string;
  /** `%h` is the host name. */
  instance?: string;
  /** Without the subtype it is any machine with SSH. */
  isDevice?: boolean;
}

export interface Avahi extends AsyncDisposable {
  /** Ends with a goodbye. */
  leave(): Promise<void>;
  /** Ends without a word. */
  die(): Promise<void>;
}

/** Runs a real avahi-daemon in `namespace`; resolves once its service is announced. */
export async function openAvahi(namespace: Namespace, options: AvahiOptions): Promise<Avahi> {
  const { hostName, instance = '%h', isDevice = true } = options;
  const directory = await mkdtemp(path.join(tmpdir(), 'os-avahi-'));
  await mkdir(path.join(directory, 'run'));
  await mkdir(path.join(directory, 'services'));
  const subtype = /\n *<subtype>.*<\/subtype>/;
  const service = isDevice ? deviceService : deviceService.replace(subtype, '');
  await writeFile(path.join(directory, 'services', 'ssh.service'), service.replace('%h', instance));
  await writeFile(
    path.join(directory, 'conf'),
    `[server]\nhost-name=${hostName}\nuse-ipv4=yes\nuse-ipv6=yes\nenable-dbus=no\n[publish]\npublish-hinfo=no\npublish-workstation=no\n`,
  );
  const flags = '--no-drop-root --no-chroot --no-rlimits --no-proc-title';
  // The daemon's paths are fixed; `ip netns exec` gives it mounts of its own to put ours there.
  const script = [
    'mkdir -p /run/avahi-daemon',
    `mount --bind ${directory}/run /run/avahi-daemon`,
    `mount --bind ${directory}/services /etc/avahi/services`,
    `exec avahi-daemon -f ${directory}/conf ${flags}`,
  ].join(' && ');
  const daemon = namespace.start(['sh', '-c', script]);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    daemon.kill(signal);
    await daemon.finished;
    await rm(directory, { recursive: true, force: true });
  };
  await daemon.waitFor(/successfully established/);
  return {
    leave: () => end('SIGTERM'),
    die: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}
