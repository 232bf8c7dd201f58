/**
 * Reads a target as supervisors do (19.0.5: io-ts over the v2 format; what its answers look like is recorded), with the traps:
 * what is no object with `local` is an empty state, and an app whose key is no canonical decimal ends the process.
 */
import { isObject, objectOf, textsOf, type Json } from '../json.ts';
import { Crash, InvalidTarget, type StandInApp, type StandInService, type StandInTarget } from './target.ts';
import type { Habits } from '../versions.ts';

const variable = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const label = /^[!#-&(-_a-~]+$/;
const name = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

const invalid = (...expectations: readonly string[]): InvalidTarget =>
  new InvalidTarget(['Invalid target state.', ...expectations].join('\n'));

const expecting = (type: string, path: string, got: unknown, why = ''): string =>
  `Expecting ${type} at ${path} but instead got: ${got === undefined ? 'undefined' : JSON.stringify(got)}${why}`;

const own = (value: Json, except: readonly string[]): Json =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !except.includes(key)));

/** `body` as it was parsed: an empty object where it was not sent as JSON. */
export function readTarget(
  body: unknown,
  { uuid, habits }: { readonly uuid: string; readonly habits: Pick<Habits, 'checksBodies'> },
): StandInTarget {
  const { checksBodies } = habits;
  const local = isObject(body) ? body['local'] : undefined;
  if (!isObject(local)) {
    if (checksBodies) throw new InvalidTarget('Local state must be an object');
    return { name: undefined, config: {}, apps: [], isForced: false };
  }
  const { name: deviceName, config = {} } = local;
  if (typeof deviceName === 'string' && deviceName.includes('\n'))
    throw invalid(expecting('DeviceName', `${uuid}.name`, deviceName, ' (must not contain newline chars)'));
  for (const [key, value] of Object.entries(objectOf(config)))
    if (typeof value !== 'string') throw invalid(expecting('string', `${uuid}.config.${key}`, value));
  const apps = Object.entries(local['apps'] ?? {}).map(([key, app]: [string, unknown]) =>
    readApp(key, app, { uuid, checksBodies }),
  );
  return {
    name: typeof deviceName === 'string' ? deviceName : undefined,
    config: textsOf(config),
    apps,
    isForced: objectOf(body)['force'] === true,
  };
}

function readApp(
  key: string,
  app: unknown,
  { uuid, checksBodies }: { readonly uuid: string; readonly checksBodies: boolean },
): StandInApp {
  // Lists of apps and the key 0 are taken, and never applied.
  if (!isObject(app) || String(Number.parseInt(key, 10)) !== key) {
    if (checksBodies) throw new InvalidTarget('Invalid apps');
    throw new Crash(`app ${key}`);
  }
  const at = `${uuid}.apps.${key}.0`;
  const fail = (...expectations: readonly string[]): Error =>
    checksBodies ? new InvalidTarget('Invalid apps') : invalid(...expectations);
  const commit = typeof app['commit'] === 'string' ? app['commit'] : '';
  const release = `${at}.releases.${commit}`;
  if (typeof app['name'] !== 'string') throw fail(expecting('ShortString', `${at}.name`, app['name']));
  if (commit !== '' && !isNumeric(app['releaseId']))
    throw fail(...expectingNumber(`${release}.id`, app['releaseId']));
  const services = Object.entries(app['services'] ?? {}).map(([id, service]: [string, unknown]) =>
    readService(id, service, `${release}.services`, fail),
  );
  for (const [kind, type] of [
    ['volumes', 'Volume'],
    ['networks', 'Network'],
  ] as const)
    for (const [it, value] of Object.entries(app[kind] ?? {}))
      if (!isObject(value) && !checksBodies)
        throw fail(
          expecting(
            type,
            `${release}.${kind}.${it}`,
            value,
            ` (Expected value to be an object of type ${type}, got: ${JSON.stringify(value)})`,
          ),
        );
  const objects = (value: unknown): Record<string, Json> =>
    Object.fromEntries(Object.entries(objectOf(value)).map(([it, entry]) => [it, objectOf(entry)]));
  return {
    appId: Number(key),
    name: app['name'],
    commit,
    releaseId: Number(app['releaseId'] ?? 0),
    services: commit === '' ? [] : services,
    volumes: objects(app['volumes']),
    networks: objects(app['networks']),
  };
}

const isNumeric = (value: unknown): boolean =>
  (typeof value === 'number' && Number.isInteger(value)) ||
  (typeof value === 'string' && /^\d+$/.test(value));

const expectingNumber = (path: string, got: unknown): string[] => [
  expecting('number', `${path}.0`, got),
  expecting('string', `${path}.1`, got),
];

function readService(
  id: string,
  service: unknown,
  at: string,
  fail: (...expectations: readonly string[]) => Error,
): StandInService {
  if (!isObject(service)) throw new Crash(`service ${id}`);
  const { serviceName, environment, labels, image, running = true, imageId } = service;
  if (typeof serviceName !== 'string' || !name.test(serviceName))
    throw fail(
      expecting(
        'LabelName',
        `${at}.${String(serviceName)}`,
        serviceName,
        ' (only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed)',
      ),
    );
  const path = `${at}.${serviceName}`;
  if (!isNumeric(imageId)) throw fail(...expectingNumber(`${path}.0.image_id`, imageId));
  if (!isObject(environment))
    throw fail(expecting('{ [K in EnvVarName]: string }', `${path}.0.environment`, environment));
  for (const [key, value] of Object.entries(environment)) {
    if (!variable.test(key))
      throw fail(
        expecting(
          'EnvVarName',
          `${path}.0.environment.${key}`,
          key,
          " (needs to start with a letter and may only contain alphanumeric characters plus '_')",
        ),
      );
    if (typeof value !== 'string') throw fail(expecting('string', `${path}.0.environment.${key}`, value));
  }
  if (!isObject(labels)) throw fail(expecting('{ [K in LabelName]: string }', `${path}.0.labels`, labels));
  for (const [key, value] of Object.entries(labels)) {
    if (!label.test(key))
      throw fail(
        expecting(
          'LabelName',
          `${path}.0.labels.${key}`,
          key,
          ' (may contain printable ASCII characters except space, single/double quotes and backtick)',
        ),
      );
    if (typeof value !== 'string') throw fail(expecting('string', `${path}.0.labels.${key}`, value));
  }
  if (typeof running !== 'boolean') throw fail(expecting('boolean', `${path}.1.running`, running));
  if (service['contract'] === null)
    throw fail(
      expecting(
        'ContractObject',
        `${path}.1.contract`,
        null,
        ' (Expected value to be an object of type ContractObject, got: null)',
      ),
    );
  if (typeof image !== 'string') throw fail(expecting('string', `${path}.0.image`, image));
  return {
    serviceId: Number(id),
    serviceName,
    imageId: Number(imageId),
    image,
    running,
    environment: textsOf(environment),
    labels: textsOf(labels),
    composition: own(service, [
      'imageId',
      'serviceId',
      'serviceName',
      'image',
      'running',
      'environment',
      'labels',
    ]),
  };
}
