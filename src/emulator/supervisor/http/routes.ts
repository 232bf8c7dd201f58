/** The paths of the supervisor's API that matter on a local network, and what each does. */
import type { Json } from '../json.ts';
import { isObject, objectOf, textOf } from '../json.ts';
import { listSupervised } from '../engine/engine-objects.ts';
import { readTarget } from '../target/read-target.ts';
import * as reports from './reports.ts';
import type { StandIn } from '../stand-in.ts';

export interface HostActions {
  readonly network: { readonly address: string; readonly mac: string };
  readHostname(): Promise<string>;
  writeHostname(name: string): Promise<void>;
  reboot(): void;
  shutDown(): void;
  removeUnusedVolumes(): Promise<void>;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** An empty object where it was not sent as JSON. */
  readonly body: unknown;
}

export interface Told {
  readonly status: number;
  /** Text is sent as it is, an object as JSON. */
  readonly body: string | Json;
}

const json = (body: Json, status = 200): Told => ({ status, body });
const text = (body: string, status = 200): Told => ({ status, body });
const failed = (message: string, status: number): Told => json({ status: 'failed', message }, status);
const done = text('OK');

const notGiven =
  'serviceName or imageId parameters were not provided or the app is multi-container. Use the v2 service action endpoints.';

/** undefined: no such path. Throws Refusal, Locked, InvalidTarget, Crash. */
export async function answer(standIn: StandIn, host: HostActions, asked: Asked): Promise<Told | undefined> {
  const { method, path } = asked;
  const action = /^\/v2\/applications\/([^/]+)\/([a-z-]+)$/.exec(path);
  if (action !== null) return actOnApp(standIn, asked, action[1] ?? '', action[2] ?? '');
  const key = `${method} ${path}`;
  return key.startsWith('GET ') ? readPath(standIn, host, asked) : changePath(standIn, host, asked);
}

async function readPath(
  standIn: StandIn,
  host: HostActions,
  { path, query }: Asked,
): Promise<Told | undefined> {
  const { device, habits, stored, engine } = standIn.options;
  switch (path) {
    case '/v2/version':
      return json({ status: 'success', version: habits.version });
    case '/v2/local/device-info':
      return json({ status: 'success', info: { arch: device.arch, deviceType: device.deviceType } });
    case '/v2/local/target-state':
      return json(await reports.targetState(standIn));
    case '/v2/state/status':
      return json(await reports.stateStatus(standIn));
    case '/v2/applications/state':
      return json(await reports.applicationsState(standIn));
    case '/v1/device':
      return json(reports.deviceState(standIn, host.network));
    case '/v1/device/host-config':
      return json({ network: { hostname: await host.readHostname() } });
    case '/v2/device/name':
      return json({ status: 'success', deviceName: stored.name });
    case '/v2/device/vpn':
      return json({ status: 'success', vpn: { enabled: true, connected: false } });
    case '/v2/device/tags':
      return failed('Attempt to communicate with API, without initialized client', 500);
    case '/v2/cleanup-volumes':
      await host.removeUnusedVolumes();
      return json({ status: 'success' });
    case '/v2/containerId': {
      const services = new Map((await listSupervised(engine)).map(it => [it.service, it.id]));
      const name = query.get('service') ?? query.get('serviceName');
      if (name === null) return json({ status: 'success', services: Object.fromEntries(services) });
      const containerId = services.get(name);
      if (containerId === undefined) return failed('Could not find service with that name', 503);
      return json({ status: 'success', containerId });
    }
    default:
      if (/^\/v1\/apps\/\d+$/.test(path))
        return text('Some v1 endpoints are only allowed on single-container apps', 400);
      return undefined;
  }
}

async function changePath(
  standIn: StandIn,
  host: HostActions,
  { method, path, body }: Asked,
): Promise<Told | undefined> {
  const { device, habits } = standIn.options;
  const fields = objectOf(body);
  const isForced = fields['force'] === true;
  switch (`${method} ${path}`) {
    case 'POST /v2/local/target-state':
      if (!standIn.isLocalMode) return failed('Target state can only set when device is in local mode', 400);
      await standIn.setTarget(readTarget(body, { uuid: device.uuid, habits }));
      return json({ status: 'success', message: 'OK' });
    case 'POST /v1/reboot':
    case 'POST /v1/shutdown':
      if (!isForced) await checkAllLocks(standIn);
      if (path === '/v1/reboot') host.reboot();
      else host.shutDown();
      return json({ Data: 'OK', Error: null }, 202);
    case 'POST /v1/restart':
    case 'POST /v1/purge': {
      const appId = Number(fields['appId']);
      const isPurge = path === '/v1/purge';
      if (!Number.isInteger(appId)) return text(isPurge ? 'Invalid or missing appId' : 'Missing app id', 400);
      if (!isForced) await standIn.checkLocks(appId);
      await (isPurge ? standIn.purge(appId) : standIn.recreate(appId));
      return isPurge ? json({ Data: 'OK', Error: '' }) : done;
    }
    case 'PATCH /v1/device/host-config':
      return patchHostConfig(standIn, host, fields, isForced);
    default:
      if (/^\/v1\/apps\/\d+\/(stop|start)$/.test(path)) return text(notGiven, 400);
      return undefined;
  }
}

const checkAllLocks = async (standIn: StandIn): Promise<void> => {
  for (const { appId } of standIn.options.stored.apps) await standIn.checkLocks(appId);
};

async function patchHostConfig(
  standIn: StandIn,
  host: HostActions,
  { network }: Json,
  isForced: boolean,
): Promise<Told> {
  const words = 'Could not parse host config input to a valid format:\nExpecting';
  if (!isObject(network))
    return text(
      `${words} Partial<{| proxy: ({ [K in string]: any } & Partial<{ dns: (AddressString | boolean) }>), hostname: string |}> at network but instead got: undefined`,
      400,
    );
  const { hostname } = network;
  if (hostname !== undefined && typeof hostname !== 'string')
    return text(`${words} string at network.hostname but instead got: ${JSON.stringify(hostname)}`, 400);
  if (!isForced) await checkAllLocks(standIn);
  if (hostname !== undefined) await host.writeHostname(hostname);
  return done;
}

async function actOnApp(
  standIn: StandIn,
  { method, body }: Asked,
  id: string,
  verb: string,
): Promise<Told | undefined> {
  const appId = /^\d+$/.test(id) ? Number(id) : 0;
  if (method === 'GET' && verb === 'state') {
    const state = await reports.applicationState(standIn, appId);
    return state === undefined ? failed(`Application ID does not exist: ${id}`, 409) : json(state);
  }
  if (method !== 'POST') return undefined;
  const fields = objectOf(body);
  const isForced = fields['force'] === true;
  if (verb === 'restart' || verb === 'purge') {
    if (appId === 0) return failed('Missing app id', 400);
    if (!isForced) await standIn.checkLocks(appId);
    await (verb === 'purge' ? standIn.purge(appId) : standIn.recreate(appId));
    return done;
  }
  if (!/^(stop|start|restart)-service$/.test(verb)) return undefined;
  if (appId === 0) return failed('Invalid app id', 400);
  const service = textOf(fields['serviceName']);
  const imageId = Number(fields['imageId']);
  if (service === '' && !Number.isInteger(imageId)) return text(notGiven, 400);
  const found = await standIn.find(appId, service === '' ? { imageId } : { service });
  if (!isForced) await standIn.checkLocks(appId);
  if (verb === 'stop-service') standIn.stop(found);
  if (verb === 'start-service') await standIn.startAgain(found);
  if (verb === 'restart-service') await standIn.recreate(appId, found.service);
  return done;
}
