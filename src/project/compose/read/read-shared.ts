/** Top-level `networks` and `volumes`. */
import type { Ipam, Network, Volume } from '../../project.ts';
import type { Cursor } from '../../yaml/cursor.ts';
import { checkHostPath } from './container/read-mounts.ts';

/** The networks that are `used`; `default` is there without being written. */
export function readNetworks(section: Cursor, used: ReadonlySet<string>, projectName: string): Network[] {
  const written = new Map(section.entries());
  return [...used].sort().flatMap(key => {
    const it = written.get(key) ?? (key === 'default' ? section.at('default') : undefined);
    if (it === undefined) return [];
    return [
      {
        ...readNaming(it, key, projectName),
        driver: it.at('driver').text(),
        driverOptions: it.at('driver_opts').record(),
        isInternal: it.at('internal').bool() ?? false,
        isAttachable: it.at('attachable').bool() ?? false,
        hasIpv6: it.at('enable_ipv6').bool() ?? false,
        labels: it.at('labels').record(),
        ipam: readIpam(it.at('ipam')),
      },
    ];
  });
}

export function readVolumes(section: Cursor, used: ReadonlySet<string>, projectName: string): Volume[] {
  return section
    .entries()
    .filter(([key]) => used.has(key))
    .map(([key, it]) => {
      checkBoundDevice(it);
      return {
        ...readNaming(it, key, projectName),
        driver: it.at('driver').text(),
        driverOptions: it.at('driver_opts').record(),
        labels: it.at('labels').record(),
      };
    });
}

/** A volume of the engine's own driver with the option `bind` is a directory, as a bind mount is. */
function checkBoundDevice(volume: Cursor): void {
  const device = volume.at('driver_opts', 'device');
  const source = device.text();
  const options = (volume.at('driver_opts', 'o').text() ?? '').split(',');
  const isOwn = (volume.at('driver').text() ?? 'local') === 'local';
  if (source !== undefined && isOwn && options.some(it => /^r?bind$/.test(it))) checkHostPath(device, source);
}

function readNaming(
  it: Cursor,
  key: string,
  projectName: string,
): Pick<Volume, 'key' | 'name' | 'isExternal'> {
  const external = it.at('external');
  const isExternal = external.isMapping || (external.bool() ?? false);
  const own = it.at('name').text() ?? external.at('name').text();
  return { key, name: own ?? (isExternal ? key : `${projectName}_${key}`), isExternal };
}

function readIpam(ipam: Cursor): Ipam | undefined {
  if (!ipam.isPresent) return undefined;
  return {
    driver: ipam.at('driver').text(),
    options: ipam.at('options').record(),
    pools: ipam
      .at('config')
      .items()
      .map(pool => ({
        subnet: pool.at('subnet').text(),
        ipRange: pool.at('ip_range').text(),
        gateway: pool.at('gateway').text(),
        auxiliaryAddresses: pool.at('aux_addresses').record(),
      })),
  };
}
