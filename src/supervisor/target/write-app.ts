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
  checkNames(project, remarks);
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
    volumes: Object.fromEntries(project.volumes.map(it => [it.key, writeVolume(it, project, remarks)])),
    networks: Object.fromEntries(project.networks.map(it => [it.key, writeNetwork(it, project, remarks)])),
  };
  return { app, remarks };
}

/** Form of the names of services, volumes and networks: a supervisor refuses a whole target for one. In compose they may begin with `._-`. */
const nameInTarget = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

function checkNames({ services, volumes, networks }: Project, remarks: Remark[]): void {
  const named = [
    ...services.map(({ name }) => ['services', name] as const),
    ...volumes.map(({ key }) => ['volumes', key] as const),
    ...networks.map(({ key }) => ['networks', key] as const),
  ];
  for (const [field, key] of named)
    if (!nameInTarget.test(key))
      remarks.push(refusal(field, key, 'the supervisor takes no name that begins with ., _ or -'));
}

/** An app's volumes and networks are named `<app id>_<key>` on the device, whatever their names in the project. */
function writeVolume(volume: Volume, project: Project, remarks: Remark[]): object {
  const { key, isExternal, driver, driverOptions, labels } = volume;
  if (isExternal)
    remarks.push(refusal('volumes', key, 'the supervisor makes a volume of its own, not the external one'));
  else remarkOnName('volumes', volume, project, remarks);
  return { ...optional('driver', driver), ...options(driverOptions), ...named('labels', labels) };
}

function writeNetwork(network: Network, project: Project, remarks: Remark[]): object {
  const { key, isExternal, hasIpv6, driver, driverOptions, isInternal, labels, ipam } = network;
  if (isExternal)
    remarks.push(refusal('networks', key, 'the supervisor makes a network of its own, not the external one'));
  else remarkOnName('networks', network, project, remarks);
  if (hasIpv6) remarks.push(refusal('networks', key, 'the supervisor never applies a network with IPv6'));
  const { driver: ipamDriver = 'default', options: ipamOptions = {}, pools: given = [] } = ipam ?? {};
  const dropped = {
    'ipam.driver': ipamDriver !== 'default',
    'ipam.options': Object.keys(ipamOptions).length > 0,
    'ipam.config.aux_addresses': given.some(it => Object.keys(it.auxiliaryAddresses).length > 0),
  };
  for (const [field, isUsed] of Object.entries(dropped))
    if (isUsed) remarks.push(warning('networks', `${key}.${field}`, 'it is not sent to the supervisor'));
  const pools = given.map(({ subnet, gateway, ipRange }) => ({
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

function remarkOnName(
  field: 'volumes' | 'networks',
  { key, name }: Pick<Volume | Network, 'key' | 'name'>,
  { name: project }: Pick<Project, 'name'>,
  remarks: Remark[],
): void {
  if (name !== `${project}_${key}`)
    remarks.push(
      warning(
        field,
        `${key}.name`,
        `${name}: the supervisor gives it a name of its own, which nothing else shares`,
      ),
    );
}

const refusal = (field: string, key: string, message: string): Remark => ({
  service: '',
  field: `${field}.${key}`,
  message,
  severity: 'problem',
});

const warning = (field: string, key: string, message: string): Remark => ({
  ...refusal(field, key, message),
  severity: 'warning',
});

const optional = (name: string, value: string | undefined): object =>
  value === undefined ? {} : { [name]: value };

const options = (driverOptions: Readonly<Record<string, string>>): object =>
  named('driver_opts', driverOptions);

const named = (name: string, values: Readonly<Record<string, string>>): object =>
  Object.keys(values).length === 0 ? {} : { [name]: values };
