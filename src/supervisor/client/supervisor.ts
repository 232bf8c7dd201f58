/** The on-device supervisor, typed. Every status but 2xx is an OsError with the supervisor's own words. */
import { OsError } from '../../core/errors.ts';
import { localModeKey, type CurrentTarget } from '../target/target-state.ts';
import { isTargetOf, writeTarget, type TargetChange } from '../target/write-target.ts';
import { readLogLines, type SupervisorLogLine } from './log-lines.ts';
import {
  nameAt,
  numberAt,
  objectAt,
  readJsonObject,
  readObject,
  textAt,
  textsOf,
  type JsonObject,
} from './read-answer.ts';
import { toSupervisorFailure } from './supervisor-failure.ts';
import type { SupervisorAnswer, SupervisorHttp } from './supervisor-http.ts';

const readTimeoutMs = 10_000;
/** Purging or recreating an app stops its services first, each of which may take its time to end. */
const actionTimeoutMs = 120_000;

export interface ActionOptions {
  readonly signal: AbortSignal;
  /** Overrides update locks. */
  readonly isForced?: boolean;
}

export interface SupervisedApp {
  readonly id: number;
  readonly name: string;
  readonly commit: string | undefined;
  /** Service → its state in the supervisor's words: `Running`, `Downloading`; new versions may have others. */
  readonly services: ReadonlyMap<string, string>;
}

export interface ApplyState {
  /** True while a target is being applied; it stays so while an apply fails again and again. */
  readonly isApplying: boolean;
  /** Service → container id, of the first app alone. */
  readonly containers: ReadonlyMap<string, string>;
}

export interface Supervisor {
  /** True if `GET /ping` is answered by a supervisor. */
  ping(signal: AbortSignal): Promise<boolean>;
  readVersion(signal: AbortSignal): Promise<string>;
  /** Throws `auth-refused` where local mode is off and the port is reached all the same. */
  readDeviceInfo(
    signal: AbortSignal,
  ): Promise<{ readonly deviceType: string | undefined; readonly arch: string | undefined }>;
  readTarget(signal: AbortSignal): Promise<CurrentTarget>;
  /**
   * Reads the target, changes it and sends it back. Resolves when the supervisor has accepted it: it is applied later,
   * and only the engine shows the result. Where its answer is lost or a failure, its target tells whether it has.
   */
  changeTarget(change: (current: CurrentTarget) => TargetChange, signal: AbortSignal): Promise<void>;
  /** Throws what `changeTarget` would throw before it sends anything. */
  checkTarget(change: (current: CurrentTarget) => TargetChange, signal: AbortSignal): Promise<void>;
  readApplyState(signal: AbortSignal): Promise<ApplyState>;
  readApps(signal: AbortSignal): Promise<readonly SupervisedApp[]>;
  /** True if the last apply failed; the reason is reported only in the engine. */
  hasFailedUpdate(signal: AbortSignal): Promise<boolean>;
  stopService(appId: number, service: string, options: ActionOptions): Promise<void>;
  startService(appId: number, service: string, options: ActionOptions): Promise<void>;
  /** Recreates the container: changes in the old one are lost. */
  restartService(appId: number, service: string, options: ActionOptions): Promise<void>;
  /** Recreates all containers of an app, and ends the wait of an apply that was failing. */
  restartApp(appId: number, options: ActionOptions): Promise<void>;
  /** Removes the contents of the app's volumes. */
  purgeApp(appId: number, options: ActionOptions): Promise<void>;
  reboot(options: ActionOptions): Promise<void>;
  shutDown(options: ActionOptions): Promise<void>;
  blink(signal: AbortSignal): Promise<void>;
  readHostConfig(signal: AbortSignal): Promise<JsonObject>;
  changeHostConfig(network: JsonObject, options: ActionOptions): Promise<void>;
  /** Streams the output of services from now on, without earlier lines. Iterating it opens the stream. */
  followLogs(signal: AbortSignal): AsyncIterable<SupervisorLogLine>;
}

const targetPath = '/v2/local/target-state';

const isFine = ({ status }: { readonly status: number }): boolean => status >= 200 && status < 300;

export function openSupervisor(http: SupervisorHttp): Supervisor {
  const get = async (path: string, signal: AbortSignal): Promise<JsonObject> => {
    const answer = await http.send({ method: 'GET', path, timeoutMs: readTimeoutMs, signal });
    return parse(`answer GET ${path}`, answer);
  };
  const post = async (what: string, path: string, body: object, signal: AbortSignal): Promise<void> => {
    const answer = await http.send({ method: 'POST', path, body, timeoutMs: actionTimeoutMs, signal });
    if (!isFine(answer)) throw toSupervisorFailure(what, answer);
  };
  const act = (
    what: string,
    path: string,
    { signal, isForced = false }: ActionOptions,
    body = {},
  ): Promise<void> => post(what, path, isForced ? { ...body, force: true } : body, signal);
  const actOnService = (
    verb: string,
    appId: number,
    service: string,
    options: ActionOptions,
  ): Promise<void> =>
    act(`${verb} ${service}`, `/v2/applications/${appId.toString()}/${verb}-service`, options, {
      serviceName: service,
    });
  const readTarget = async (signal: AbortSignal): Promise<CurrentTarget> =>
    toCurrentTarget(await get(targetPath, signal));
  return {
    async ping(signal) {
      const answer = await http.send({ method: 'GET', path: '/ping', timeoutMs: readTimeoutMs, signal });
      // Versions before 12 require a key.
      return answer.body.toString('utf8', 0, 2) === 'OK' || answer.status === 401;
    },
    async readVersion(signal) {
      const version = nameAt(await get('/v2/version', signal), 'version');
      if (version === undefined) throw garbled('/v2/version');
      return version;
    },
    async readDeviceInfo(signal) {
      const info = objectAt(await get('/v2/local/device-info', signal), 'info');
      return { deviceType: nameAt(info, 'deviceType'), arch: nameAt(info, 'arch') };
    },
    readTarget,
    async changeTarget(change, signal) {
      const before = await readTarget(signal);
      const changed = change(before);
      const body = writeTarget(before, changed);
      try {
        await post('take the target', targetPath, body, signal);
      } catch (error) {
        if (!(error instanceof OsError) || isTargetOf(before, changed)) throw error;
        const after = await readTarget(signal).catch(unlessFailed);
        signal.throwIfAborted();
        if (after === undefined || !isTargetOf(after, changed)) throw error;
      }
    },
    async checkTarget(change, signal) {
      const current = await readTarget(signal);
      writeTarget(current, change(current));
    },
    async readApplyState(signal) {
      const state = await get('/v2/state/status', signal);
      const containers = Array.isArray(state['containers']) ? state['containers'] : [];
      const known = containers.flatMap((it: unknown) => {
        const container = typeof it === 'object' && it !== null ? (it as JsonObject) : {};
        const service = textAt(container, 'serviceName');
        const id = textAt(container, 'containerId');
        return service === undefined || id === undefined ? [] : [[service, id] as const];
      });
      return { isApplying: state['appState'] !== 'applied', containers: new Map(known) };
    },
    async readApps(signal) {
      const apps = await get('/v2/applications/state', signal);
      return Object.keys(apps).map(name => toApp(name, objectAt(apps, name)));
    },
    async hasFailedUpdate(signal) {
      return (await get('/v1/device', signal))['update_failed'] === true;
    },
    stopService: (appId, service, options) => actOnService('stop', appId, service, options),
    startService: (appId, service, options) => actOnService('start', appId, service, options),
    restartService: (appId, service, options) => actOnService('restart', appId, service, options),
    restartApp: (appId, options) =>
      act('recreate the services', `/v2/applications/${appId.toString()}/restart`, options),
    purgeApp: (appId, options) =>
      act(`purge app ${appId.toString()}`, `/v2/applications/${appId.toString()}/purge`, options),
    reboot: options => act('reboot', '/v1/reboot', options),
    shutDown: options => act('shut down', '/v1/shutdown', options),
    blink: signal => act('blink', '/v1/blink', { signal }),
    readHostConfig: signal => get('/v1/device/host-config', signal),
    async changeHostConfig(network, { signal, isForced = false }) {
      const path = '/v1/device/host-config';
      const body = isForced ? { network, force: true } : { network };
      const answer = await http.send({ method: 'PATCH', path, body, timeoutMs: actionTimeoutMs, signal });
      if (!isFine(answer)) throw toSupervisorFailure('change the host configuration', answer);
    },
    async *followLogs(signal) {
      const path = '/v2/local/logs';
      const { status, body } = await http.open({ method: 'GET', path, timeoutMs: readTimeoutMs, signal });
      if (!isFine({ status })) throw toSupervisorFailure('show logs', { status, body: Buffer.alloc(0) });
      yield* readLogLines(body);
    },
  };
}

function unlessFailed(error: unknown): undefined {
  if (!(error instanceof OsError)) throw error;
}

const garbled = (path: string): OsError =>
  new OsError('supervisor-refused', `what answers GET ${path} on port 48484 is no supervisor`);

function parse(what: string, answer: SupervisorAnswer): JsonObject {
  if (!isFine(answer)) throw toSupervisorFailure(what, answer);
  const object = readJsonObject(answer.body);
  if (object === undefined) throw garbled(what.replace('answer GET ', ''));
  return object;
}

/**
 * Throws OsError `supervisor-refused` for any other form: what is missed here would be missing in the target that is sent back, which
 * removes an app and resets a setting.
 */
function toCurrentTarget(answer: JsonObject): CurrentTarget {
  const local = objectAt(objectAt(answer, 'state'), 'local');
  const [config, apps] = [readObject(local['config']), readObject(local['apps'])];
  if (config === undefined || apps === undefined) throw garbled(targetPath);
  if (Object.values(config).some(it => typeof it !== 'string')) throw garbled(targetPath);
  if (Object.values(apps).some(it => readObject(it) === undefined)) throw garbled(targetPath);
  const known = Object.keys(apps).map(id => {
    const app = objectAt(apps, id);
    const services = Array.isArray(app['services']) ? (app['services'] as unknown[]) : [];
    const names = services.flatMap(it => {
      const name =
        typeof it === 'object' && it !== null ? nameAt(it as JsonObject, 'serviceName') : undefined;
      return name === undefined ? [] : [name];
    });
    const commit = textAt(app, 'commit');
    const known = { name: nameAt(app, 'appName') ?? id, services: names };
    return [id, commit === undefined ? known : { ...known, commit }] as const;
  });
  const target = { name: textAt(local, 'name') ?? 'local', config: textsOf(config), apps: new Map(known) };
  return config[localModeKey] === 'false' ? { ...target, hasLeftLocalMode: true } : target;
}

function toApp(name: string, app: JsonObject): SupervisedApp {
  const services = objectAt(app, 'services');
  const states = Object.keys(services).map(
    service => [service, textAt(objectAt(services, service), 'status') ?? 'unknown'] as const,
  );
  return { id: numberAt(app, 'appId') ?? 0, name, commit: textAt(app, 'commit'), services: new Map(states) };
}
