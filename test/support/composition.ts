import type { Network, Project, Volume } from '../../src/project/project.ts';
import type { Service } from '../../src/project/service.ts';
import { plainService } from '../../src/project/single-service.ts';
import type { DesiredRelease } from '../../src/release/desired/desired.ts';
import { readDesired } from '../../src/release/desired/read-desired.ts';

/** A service that runs the image `busybox` on the project's default network. */
export const service = (name: string, rest: Partial<Service> = {}): Service => ({
  ...plainService(name),
  image: 'busybox',
  networking: { mode: 'networks', networks: [networkUse('default')] },
  ...rest,
});

export const networkUse = (
  network: string,
): Extract<Service['networking'], { mode: 'networks' }>['networks'][number] => ({
  ...{ network, aliases: [], ipv4Address: undefined, ipv6Address: undefined, linkLocalIps: [] },
  ...{ macAddress: undefined, driverOptions: {}, priority: 0 },
});

export const network = (key: string, rest: Partial<Network> = {}): Network => ({
  ...{ key, name: `shop_${key}`, isExternal: false, driver: undefined, driverOptions: {} },
  ...{ isInternal: false, isAttachable: false, hasIpv6: false, labels: {}, ipam: undefined },
  ...rest,
});

export const volume = (key: string, rest: Partial<Volume> = {}): Volume => ({
  ...{ key, name: `shop_${key}`, isExternal: false, driver: undefined, driverOptions: {}, labels: {} },
  ...rest,
});

export const mount = (key: string, target = '/data'): Service['mounts'][number] => ({
  ...{ type: 'volume', volume: key, target, isReadOnly: false, isNoCopy: false },
});

export const after = (
  name: string,
  condition: Service['dependsOn'][number]['condition'] = 'service_started',
  restart = false,
): Service['dependsOn'][number] => ({ service: name, condition, restart, isRequired: true });

/** The project `shop` with these services, a default network, and a volume `data`. */
export const project = (services: readonly Service[], rest: Partial<Project> = {}): Project => ({
  ...{ name: 'shop', givenName: 'shop', directory: '/shop', files: [], services, secrets: [], configs: [] },
  ...{
    networks: [network('default')],
    volumes: [volume('data')],
    disabledServices: [],
    inputs: [],
    warnings: [],
  },
  ...rest,
});

export const desire = (it: Project): Promise<DesiredRelease> =>
  readDesired(it, it.services, {
    ...{ isPulled: false, isCacheUsed: true, engineSocket: '/run/engine.sock' },
    signal: new AbortController().signal,
  });
