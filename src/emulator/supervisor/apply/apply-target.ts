/** Brings the engine to a target, once. Containers are compared by what they were made of, never by what they became. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { toContainer, type DeviceFacts, type WantedContainer } from '../container/container-body.ts';
import type { EngineApi } from '../engine/engine-api.ts';
import {
  findImage,
  type FoundImage,
  listNames,
  listSupervised,
  must,
  removeContainer,
  removeUnnamedImages,
  type SupervisedContainer,
} from '../engine/engine-objects.ts';
import { listOf, objectOf, textOf, textsOf } from '../json.ts';
import type { Stored } from '../stored-state.ts';
import type { StandInApp, StandInService } from '../target/target.ts';

export class Locked extends Error {
  constructor(appId: number, service: string, isOldWording: boolean) {
    super(
      isOldWording
        ? `EEXIST: file already exists, open '/mnt/root${lockFile(appId, service)}'`
        : `Lockfile exists for { appId: ${appId.toString()}, service: ${service} }`,
    );
  }
}

const lockFile = (appId: number, service: string, name = 'updates.lock'): string =>
  `/tmp/balena-supervisor/services/${appId.toString()}/${service}/${name}`;

/** Throws Locked where a service of the app holds an update lock: it blocks all of the app. */
export function checkLocks(appId: number, services: readonly string[], isOldWording: boolean): void {
  const holder = services.find(service =>
    ['updates.lock', 'resin-updates.lock'].some(name => existsSync(lockFile(appId, service, name))),
  );
  if (holder !== undefined) throw new Locked(appId, holder, isOldWording);
}

export interface ApplyOptions {
  readonly engine: EngineApi;
  readonly stored: Stored;
  /** Writes `stored` to the disk, so that the containers are known after a restart in the middle of an apply. */
  readonly save: () => Promise<void>;
  readonly device: DeviceFacts;
  /** True after a start: a name of an image is what it was first. */
  readonly usesFirstImages: boolean;
  readonly overridesLocks: boolean;
  readonly hasOldLockWording: boolean;
  readonly log: (message: string) => void;
  readonly onStarted: (containerId: string) => void;
  /** Pause before the first change: a supervisor's containers start about a second after the request. */
  readonly applyDelayMs: number;
}

interface Wanted extends WantedContainer {
  readonly app: StandInApp;
  readonly service: StandInService;
  readonly name: string;
  readonly digest: string;
  readonly imageId: string;
}

/** Resolves with false where it would do it all again, as what was asked for is never equal to what the engine says. */
export async function applyTarget(options: ApplyOptions): Promise<boolean> {
  const { engine, stored, log } = options;
  const there = await listSupervised(engine);
  const wanted = await readWanted(options);
  const match = (it: Wanted): SupervisedContainer | undefined =>
    there.find(({ appId, service }) => appId === it.app.appId && service === it.service.serviceName);
  const isSame = (it: Wanted): boolean => {
    const found = match(it);
    return found !== undefined && it.fate === 'applied' && stored.containers[found.id]?.digest === it.digest;
  };
  const kept = wanted.filter(isSame);
  const toRemove = there.filter(found => !kept.some(it => match(it) === found));
  if (!options.overridesLocks)
    for (const { appId } of toRemove)
      checkLocks(
        appId,
        there.filter(it => it.appId === appId).map(({ service }) => service),
        options.hasOldLockWording,
      );
  const toCreate = inOrder(wanted.filter(it => !isSame(it)));
  if (toRemove.length + toCreate.length > 0)
    await new Promise(resolve => setTimeout(resolve, options.applyDelayMs));
  await makeResources(engine, stored.apps);
  for (const it of toRemove) {
    log(`Killing service '${it.service} ${it.imageId}'`);
    await removeContainer(engine, it.id);
    stored.containers = Object.fromEntries(Object.entries(stored.containers).filter(([id]) => id !== it.id));
  }
  for (const it of toCreate) await makeContainer(it, options);
  for (const it of kept) await keepContainer(it, match(it), options);
  await removeOldNetworks(engine, stored.apps);
  if (!stored.isLocalMode) await removeUnnamedImages(engine);
  return wanted.every(({ fate }) => fate === 'applied');
}

async function readWanted({ engine, stored, device, usesFirstImages }: ApplyOptions): Promise<Wanted[]> {
  const wanted: Wanted[] = [];
  for (const app of stored.apps) {
    if (app.appId === 0) throw new Error('an app has the id 0');
    for (const service of app.services) {
      const image = await resolveImage(engine, stored, service.image, usesFirstImages);
      const container = toContainer(app, service, image, device);
      const { body, networks } = container;
      const digest = createHash('sha256').update(JSON.stringify({ body, networks })).digest('hex');
      const name = `${service.serviceName}_${service.imageId.toString()}_${app.releaseId.toString()}_${app.commit}`;
      wanted.push({ ...container, app, service, name, digest, imageId: image.id });
    }
  }
  return wanted;
}

/** A rebuilt image of the same name is seen, until the next start goes back to the first one. */
async function resolveImage(
  engine: EngineApi,
  { firstImages }: Stored,
  name: string,
  usesFirst: boolean,
): Promise<FoundImage> {
  const first = firstImages[name];
  const found = usesFirst && first !== undefined ? await findImage(engine, first) : undefined;
  if (first !== undefined && found !== undefined) {
    const [, repository = name, tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(name) ?? [];
    await engine.ask('POST', `/images/${first}/tag?repo=${encodeURIComponent(repository)}&tag=${tag}`);
    return found;
  }
  const image = await findImage(engine, name);
  if (image === undefined) throw new Error(`no such image: ${name}`);
  firstImages[name] ??= image.id;
  return image;
}

/** Each after those that it names in `depends_on` and lives in; who is not there is not waited for. */
function inOrder(services: readonly Wanted[]): Wanted[] {
  const ordered: Wanted[] = [];
  const visit = (it: Wanted, from: readonly Wanted[]): void => {
    if (ordered.includes(it) || from.includes(it)) return;
    const { depends_on: names, network_mode: mode } = it.service.composition;
    const before = [...listOf(names).map(String), textOf(mode).replace(/^service:/, '')];
    for (const other of services)
      if (other.app === it.app && before.includes(other.service.serviceName)) visit(other, [...from, it]);
    ordered.push(it);
  };
  for (const it of services) visit(it, []);
  return ordered;
}

async function makeContainer(it: Wanted, options: ApplyOptions): Promise<void> {
  const { engine, stored, log } = options;
  const { serviceName } = it.service;
  const [first, ...others] = Object.entries(it.networks);
  const mode = textOf(it.body.HostConfig['NetworkMode']);
  const lived = /^service:(.+)$/.exec(mode)?.[1];
  const neighbour =
    lived === undefined
      ? undefined
      : (await listSupervised(engine)).find(found => found.appId === it.app.appId && found.service === lived);
  const body = {
    ...it.body,
    HostConfig: {
      ...it.body.HostConfig,
      ...(lived === undefined ? {} : { NetworkMode: `container:${neighbour?.id ?? lived}` }),
    },
    ...(first === undefined ? {} : { NetworkingConfig: { EndpointsConfig: { [first[0]]: first[1] } } }),
  };
  log(`Installing service '${serviceName} ${it.imageId}'`);
  mkdirSync(lockFile(it.app.appId, serviceName, ''), { recursive: true });
  const created = await must(engine, 'POST', `/containers/create?name=${encodeURIComponent(it.name)}`, {
    body,
  });
  const id = textOf(objectOf(created.body)['Id']);
  stored.containers[id] = { digest: it.digest, isStarted: false };
  await options.save();
  log(`Installed service '${serviceName} ${it.imageId}'`);
  for (const [network, endpoint] of others)
    await must(engine, 'POST', `/networks/${encodeURIComponent(network)}/connect`, {
      body: { Container: id, EndpointConfig: endpoint },
    });
  if (it.service.running) await start(it, id, options);
}

async function start(
  it: Wanted,
  id: string,
  { engine, stored, save, log, onStarted }: ApplyOptions,
): Promise<void> {
  log(`Starting service '${it.service.serviceName} ${it.imageId}'`);
  await must(engine, 'POST', `/containers/${id}/start`, { allowed: [304] });
  stored.containers[id] = { digest: it.digest, isStarted: true };
  await save();
  onStarted(id);
  log(`Started service '${it.service.serviceName} ${it.imageId}'`);
}

/** A container that stays is renamed; whether it runs is left alone once it has been started. */
async function keepContainer(
  it: Wanted,
  found: SupervisedContainer | undefined,
  options: ApplyOptions,
): Promise<void> {
  if (found === undefined) return;
  const { engine, stored } = options;
  if (found.name !== it.name)
    await must(engine, 'POST', `/containers/${found.id}/rename?name=${encodeURIComponent(it.name)}`);
  if (!it.service.running) await must(engine, 'POST', `/containers/${found.id}/stop`, { allowed: [304] });
  else if (stored.containers[found.id]?.isStarted !== true) await start(it, found.id, options);
}

const networksOf = (app: StandInApp): string[] => [...new Set(['default', ...Object.keys(app.networks)])];

async function makeResources(engine: EngineApi, apps: readonly StandInApp[]): Promise<void> {
  const volumes = await listNames(engine, 'volumes');
  const networks = await listNames(engine, 'networks');
  for (const app of apps) {
    const prefix = `${app.appId.toString()}_`;
    const labels = { 'io.balena.supervised': 'true', 'io.balena.app-id': app.appId.toString() };
    for (const [name, { driver, driver_opts: options, labels: own }] of Object.entries(app.volumes))
      if (!volumes.includes(prefix + name))
        await must(engine, 'POST', '/volumes/create', {
          body: {
            Name: prefix + name,
            Driver: driver ?? 'local',
            DriverOpts: options ?? {},
            Labels: { ...textsOf(own), ...labels, 'io.balena.app-uuid': app.appId.toString() },
          },
        });
    for (const name of app.services.length === 0 ? [] : networksOf(app)) {
      const { driver, driver_opts: options, labels: own, internal, ipam } = app.networks[name] ?? {};
      const config = listOf(objectOf(ipam)['config']).map(entry => {
        const { subnet, gateway, ip_range: range } = objectOf(entry);
        return { Subnet: subnet, Gateway: gateway, IPRange: range };
      });
      if (networks.includes(prefix + name)) continue;
      await must(engine, 'POST', '/networks/create', {
        body: {
          Name: prefix + name,
          CheckDuplicate: true,
          Driver: driver ?? 'bridge',
          Options: options ?? {},
          Internal: internal === true,
          IPAM: { Driver: 'default', Config: config },
          Labels: { ...textsOf(own), ...labels },
        },
      });
    }
  }
}

/** Volumes stay: in local mode nothing collects them. */
async function removeOldNetworks(engine: EngineApi, apps: readonly StandInApp[]): Promise<void> {
  const wanted = apps
    .filter(({ services }) => services.length > 0)
    .flatMap(app => networksOf(app).map(name => `${app.appId.toString()}_${name}`));
  for (const name of await listNames(engine, 'networks'))
    if (!wanted.includes(name)) await engine.ask('DELETE', `/networks/${encodeURIComponent(name)}`);
}
