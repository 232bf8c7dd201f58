/** Mounts, ports and networks of a service, with what supervisors lose of them. */
import type { Mutable } from '../../../core/mutable.ts';
import { isObject, listOf, objectOf, textOf, type Json } from '../json.ts';
import type { StandInApp, StandInService } from '../target/target.ts';

/** An error that a supervisor throws inside of an apply, which then never ends. */
export const never = (what: string): Error => new Error(`cannot read ${what}`);

export const present = (entries: Readonly<Record<string, unknown>>): Json =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));

export interface ReadVolumes {
  readonly binds: string[];
  readonly mounts: Json[];
  readonly anonymous: string[];
  readonly isLooping: boolean;
}

/** Bind mounts are dropped; a long form with `read_only` is never equal to what the engine says of it. */
export function readVolumes({ appId }: StandInApp, composition: Json): ReadVolumes {
  const named = (volume: string): string => `${appId.toString()}_${volume}`;
  const read: Mutable<ReadVolumes> = {
    binds: [],
    mounts: [],
    anonymous: [],
    isLooping: false,
  };
  for (const entry of listOf(composition['volumes'])) {
    if (typeof entry === 'string') {
      const [source = '', target, ...mode] = entry.split(':');
      if (target === undefined) read.anonymous.push(source);
      else if (source.startsWith('.')) throw never('a relative bind mount');
      else if (!source.startsWith('/')) read.binds.push([named(source), target, ...mode].join(':'));
      continue;
    }
    const { type, source, target, read_only: isReadOnly, volume, tmpfs } = objectOf(entry);
    if (type === 'tmpfs')
      read.mounts.push({
        Type: 'tmpfs',
        Target: target,
        ...(tmpfs === undefined ? {} : { TmpfsOptions: { SizeBytes: objectOf(tmpfs)['size'] } }),
      });
    // An empty `volume` makes it unreadable, and it is dropped.
    if (type !== 'volume' || (isObject(volume) && Object.keys(volume).length === 0)) continue;
    if (isReadOnly === true) read.isLooping = true;
    read.mounts.push({
      Type: 'volume',
      Source: named(textOf(source)),
      Target: target,
      ...(volume === undefined ? {} : { VolumeOptions: { NoCopy: objectOf(volume)['nocopy'] === true } }),
    });
  }
  return read;
}

/** Long and numeric ports are lost on the way, and looked for again and again. */
export function readPorts(ports: unknown): {
  readonly bindings: Record<string, Json[]>;
  readonly isLooping: boolean;
} {
  const bindings: Record<string, Json[]> = {};
  let isLooping = false;
  for (const port of listOf(ports)) {
    if (typeof port !== 'string') {
      isLooping = true;
      continue;
    }
    if (port.startsWith('[')) throw never('a port of an IPv6 address');
    const [spec = '', protocol = 'tcp'] = port.split('/');
    if (protocol !== 'tcp' && protocol !== 'udp') throw never(`a port of ${protocol}`);
    const parts = spec.split(':');
    const inside = rangeOf(parts.at(-1) ?? '');
    const outside = parts.length === 1 ? inside : rangeOf(parts.at(-2) ?? '');
    for (const [i, target] of inside.entries())
      (bindings[`${target.toString()}/${protocol}`] ??= []).push({
        HostIp: parts.length === 3 ? parts[0] : '',
        HostPort: (outside[i] ?? target).toString(),
      });
  }
  return { bindings, isLooping };
}

function rangeOf(text: string): number[] {
  const [first = 0, last = first] = text.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

export function readNetworks(
  app: StandInApp,
  { serviceName, composition }: StandInService,
): { readonly mode: string; readonly networks: Record<string, Json> } {
  const named = (network: string): string => `${app.appId.toString()}_${network}`;
  const mode = composition['network_mode'];
  if (mode === 'host' || mode === 'none' || mode === 'bridge') return { mode, networks: {} };
  if (typeof mode === 'string' && mode.startsWith('service:')) return { mode, networks: {} };
  const asked = composition['networks'];
  const entries: readonly (readonly [string, Json])[] =
    typeof mode === 'string'
      ? [['undefined', {}]]
      : Array.isArray(asked)
        ? asked.map(it => [String(it), {}])
        : isObject(asked)
          ? Object.entries(asked).map(([it, settings]) => [it, objectOf(settings)])
          : [['default', {}]];
  const networks = entries.map(([network, settings]) => {
    if (objectOf(app.networks[network])['enable_ipv6'] === true) throw never('a network with IPv6');
    const { aliases, ipv4_address: ipv4, link_local_ips: linkLocal } = settings;
    const addresses = present({ IPv4Address: ipv4, LinkLocalIPs: linkLocal });
    return [
      named(network),
      {
        Aliases: [...listOf(aliases), serviceName],
        ...(Object.keys(addresses).length === 0 ? {} : { IPAMConfig: addresses }),
      },
    ] as const;
  });
  return { mode: networks[0]?.[0] ?? 'none', networks: Object.fromEntries(networks) };
}
