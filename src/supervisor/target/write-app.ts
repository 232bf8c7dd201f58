/** A project as an app of a target state. */
import type { Network, Project, Volume } from '../../project/project.ts';
import type { Service } from '../../project/service.ts';
import type { Remark } from './remarks.ts';
import { stableIds } from './stable-id.ts';
import type { TargetApp, TargetService } from './target-state.ts';
import { writeComposition } from './write-composition.ts';

export interface AppRelease {
  /** Digest of the release: containers are named by its first letters. */
  readonly commit: string;
  readonly releaseId: number;
  /** The image of a service, by a tag that no later build moves. */
  readonly imageOf: (service: Service) => string;
  /** Labels beside the service's own. */
  readonly labelsOf: (service: Service) => Readonly<Record<string, string>>;
}

export interface WrittenApp {
  readonly app: TargetApp;
  readonly remarks: readonly Remark[];
}

export function writeApp(project: Project, { commit, releaseId, imageOf, labelsOf }: AppRelease): WrittenApp {
  const ids = stableIds(project.services.map(({ name }) => name));
  const remarks: Remark[] = [];
  const services = new Map<number, TargetService>();
  for (const service of project.services) {
    const id = ids.get(service.name);
    if (id === undefined) continue;
    const written = writeComposition(service);
    remarks.push(...written.remarks);
    services.set(id, {
      imageId: id,
      serviceName: service.name,
      image: imageOf(service),
      running: true,
      environment: service.environment,
      labels: { ...service.labels, ...labelsOf(service) },
      composition: written.composition,
    });
  }
  const app: TargetApp = {
    name: project.name,
    commit,
    releaseId,
    services,
    volumes: Object.fromEntries(project.volumes.map(it => [it.key, writeVolume(it, remarks)])),
    networks: Object.fromEntries(project.networks.map(it => [it.key, writeNetwork(it, remarks)])),
  };
  return { app, remarks };
}

/** An app's volumes and networks are named `<app id>_<key>` on the device, whatever their names in the project. */
function writeVolume({ key, isExternal, driver, driverOptions, labels }: Volume, remarks: Remark[]): object {
  if (isExternal)
    remarks.push(refusal('volumes', key, 'the supervisor makes a volume of its own, not the external one'));
  return { ...optional('driver', driver), ...options(driverOptions), ...named('labels', labels) };
}

function writeNetwork(network: Network, remarks: Remark[]): object {
  const { key, isExternal, hasIpv6, driver, driverOptions, isInternal, labels, ipam } = network;
  if (isExternal)
    remarks.push(refusal('networks', key, 'the supervisor makes a network of its own, not the external one'));
  if (hasIpv6) remarks.push(refusal('networks', key, 'the supervisor never applies a network with IPv6'));
  const pools = (ipam?.pools ?? []).map(({ subnet, gateway, ipRange }) => ({
    ...optional('subnet', subnet),
    ...optional('gateway', gateway),
    ...optional('ip_range', ipRange),
  }));
  return {
    ...optional('driver', driver),
    ...options(driverOptions),
    ...(isInternal ? { internal: true } : {}),
    ...named('labels', labels),
    ...(pools.length === 0 ? {} : { ipam: { config: pools } }),
  };
}

const refusal = (field: string, key: string, message: string): Remark => ({
  service: '',
  field: `${field}.${key}`,
  message,
  severity: 'problem',
});

const optional = (name: string, value: string | undefined): object =>
  value === undefined ? {} : { [name]: value };

const options = (driverOptions: Readonly<Record<string, string>>): object =>
  named('driver_opts', driverOptions);

const named = (name: string, values: Readonly<Record<string, string>>): object =>
  Object.keys(values).length === 0 ? {} : { [name]: values };
