/**
 * The container that a service of a target becomes (recorded for 149 forms of compose fields, test/fixtures/supervisor/fields.json).
 * Fields that are not mentioned here are dropped, which supervisors do too.
 */
import { never, present, readNetworks, readPorts, readVolumes } from './container-parts.ts';
import type { FoundImage } from '../engine/engine-objects.ts';
import { isObject, listOf, objectOf, type Json } from '../json.ts';
import { bytesOf, nanosecondsOf, wordsOf } from './quantities.ts';
import type { StandInApp, StandInService } from '../target/target.ts';

/** `loops`: never equal to its container, which is recreated about once a second. */
export type Fate = 'applied' | 'loops';

export interface WantedContainer {
  readonly body: Json & { readonly HostConfig: Json };
  /** Network names → endpoint settings. */
  readonly networks: Readonly<Record<string, Json>>;
  readonly fate: Fate;
}

export interface DeviceFacts {
  readonly uuid: string;
  readonly deviceType: string;
  readonly arch: string;
  readonly osVersion: string;
  readonly engineSocket: string;
  /** Of labels and variables: 12 has no `app-uuid`. */
  readonly hasAppUuid: boolean;
}

const truthy = (value: string | undefined): boolean =>
  value !== undefined && ['1', 'true', 'on'].includes(value.toLowerCase());

const textList = (value: unknown): string[] | undefined =>
  value === undefined ? undefined : typeof value === 'string' ? [value] : listOf(value).map(String);

/** Throws where a supervisor throws each time it applies the target, so that it never does. */
export function toContainer(
  app: StandInApp,
  service: StandInService,
  image: FoundImage,
  device: DeviceFacts,
): WantedContainer {
  const { composition } = service;
  // Those of the image count where the service does not say otherwise (service.ts, extendLabels).
  const labels = { ...normalLabels(image.labels), ...normalLabels(service.labels) };
  const mounts = readVolumes(app, composition);
  const ports = readPorts(composition['ports']);
  const features = readFeatures(labels, device);
  const lockDirectory = `/tmp/balena-supervisor/services/${app.appId.toString()}/${service.serviceName}`;
  const isUnconfined =
    composition['privileged'] === true || composition['ipc'] === 'host' || composition['pid'] === 'host';
  checkNeverApplied(composition);
  const { mode, networks } = readNetworks(app, service);
  const tmpfs = textList(composition['tmpfs']);
  return {
    fate: ports.isLooping || mounts.isLooping ? 'loops' : 'applied',
    networks,
    body: {
      Image: image.id,
      ...present({
        // A supervisor gives any entrypoint the command of the image (compose/utils.ts, `getCommand`); an engine would not.
        Cmd: wordsOf(composition['command'] ?? image.command),
        Entrypoint: wordsOf(composition['entrypoint'] ?? undefined),
        User: composition['user'],
        WorkingDir: composition['working_dir'],
        Hostname: composition['hostname'],
        Domainname: composition['domainname'],
        MacAddress: composition['mac_address'],
        Healthcheck: readHealthcheck(composition['healthcheck']),
      }),
      Tty: composition['tty'] ?? true,
      StopSignal: composition['stop_signal'] ?? 'SIGTERM',
      StopTimeout: Math.round((nanosecondsOf(composition['stop_grace_period']) ?? 10e9) / 1e9),
      Env: Object.entries({
        ...variablesOf(app, service, device),
        ...features.variables,
        ...service.environment,
      }).map(([name, value]) => `${name}=${value}`),
      Labels: { ...labels, ...ownLabels(app, service, device) },
      Volumes: Object.fromEntries(mounts.anonymous.map(target => [target, {}])),
      ExposedPorts: Object.fromEntries(Object.keys(ports.bindings).map(port => [port, {}])),
      HostConfig: present({
        Binds: [
          `${lockDirectory}:/tmp/resin`,
          `${lockDirectory}:/tmp/balena`,
          ...mounts.binds,
          ...features.binds,
        ],
        Mounts: [...mounts.mounts, ...features.mounts],
        Tmpfs: tmpfs && Object.fromEntries(tmpfs.map(path => [path, ''])),
        PortBindings: ports.bindings,
        RestartPolicy: { Name: readRestart(composition['restart']), MaximumRetryCount: 0 },
        NetworkMode: mode,
        IpcMode: composition['ipc'] ?? 'shareable',
        PidMode: composition['pid'],
        Privileged: composition['privileged'],
        ReadonlyRootfs: composition['read_only'],
        Init: composition['init'],
        CapAdd: composition['cap_add'],
        CapDrop: composition['cap_drop'],
        SecurityOpt: readSecurityOptions(composition['security_opt'], isUnconfined),
        Devices: textList(composition['devices'])?.map(toDevice),
        DeviceRequests: truthy(labels['io.balena.features.gpu'])
          ? [{ Driver: '', Count: 1, Capabilities: [['gpu']] }]
          : undefined,
        Dns: textList(composition['dns']),
        DnsSearch: textList(composition['dns_search']),
        DnsOptions: textList(composition['dns_opt']),
        ExtraHosts: textList(composition['extra_hosts'])?.map(host => host.replace('=', ':')),
        GroupAdd: composition['group_add'],
        CgroupParent: composition['cgroup_parent'],
        Sysctls: readSysctls(composition['sysctls']),
        Ulimits: readUlimits(composition['ulimits']),
        UsernsMode: composition['userns_mode'],
        PidsLimit: composition['pids_limit'],
        ShmSize: bytesOf(composition['shm_size'] ?? '64m'),
        Memory: composition['mem_limit'] === undefined ? undefined : bytesOf(composition['mem_limit']),
        MemoryReservation:
          composition['mem_reservation'] === undefined ? undefined : bytesOf(composition['mem_reservation']),
        NanoCpus: composition['cpus'] === undefined ? undefined : Number(composition['cpus']) * 1e9,
        CpuShares: composition['cpu_shares'],
        CpuQuota: composition['cpu_quota'],
        CpusetCpus: composition['cpuset'],
        OomScoreAdj: composition['oom_score_adj'],
        OomKillDisable: composition['oom_kill_disable'],
      }),
    },
  };
}

/** Forms on which supervisors throw inside of an apply, without a word to whoever posted them. */
function checkNeverApplied(composition: Json): void {
  if (composition['depends_on'] !== undefined && !Array.isArray(composition['depends_on']))
    throw never('depends_on');
  if (listOf(composition['devices']).some(isObject)) throw never('devices');
  if (isObject(composition['extra_hosts'])) throw never('extra_hosts');
  if (listOf(composition['group_add']).some(it => typeof it !== 'string')) throw never('group_add');
}

/** The old spelling of a label is read as the new one. */
const normalLabels = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name.replace(/^io\.resin\./, 'io.balena.'), value]),
  );

const ownLabels = (app: StandInApp, service: StandInService, { hasAppUuid }: DeviceFacts): Json => ({
  'io.balena.supervised': 'true',
  'io.balena.app-id': app.appId.toString(),
  'io.balena.service-id': service.serviceId.toString(),
  'io.balena.service-name': service.serviceName,
  ...(hasAppUuid ? { 'io.balena.app-uuid': app.appId.toString() } : {}),
});

function variablesOf(
  app: StandInApp,
  { serviceName }: StandInService,
  device: DeviceFacts,
): Record<string, string> {
  const both = {
    APP_ID: app.appId.toString(),
    ...(device.hasAppUuid ? { APP_UUID: app.appId.toString() } : {}),
    APP_NAME: app.name,
    SERVICE_NAME: serviceName,
    DEVICE_UUID: device.uuid,
    DEVICE_TYPE: device.deviceType,
    DEVICE_ARCH: device.arch,
    HOST_OS_VERSION: device.osVersion,
    APP_LOCK_PATH: '/tmp/balena/updates.lock',
  };
  const named = ['BALENA', 'RESIN'].flatMap(prefix => [
    ...Object.entries(both).map(([name, value]) => [`${prefix}_${name}`, value]),
    [prefix, '1'],
  ]);
  return {
    ...(Object.fromEntries(named) as Record<string, string>),
    RESIN_SERVICE_KILL_ME_PATH: '/tmp/balena/handover-complete',
    BALENA_SERVICE_HANDOVER_COMPLETE_PATH: '/tmp/balena/handover-complete',
    USER: 'root',
  };
}

function readHealthcheck(check: unknown): Json | undefined {
  const { test, interval, timeout, retries, disable } = objectOf(check);
  if (disable === true) return { Test: ['NONE'] };
  if (test === undefined) return undefined;
  return present({
    Test: typeof test === 'string' ? ['CMD-SHELL', test] : test,
    Interval: nanosecondsOf(interval),
    Timeout: nanosecondsOf(timeout),
    Retries: retries,
  });
}

/** A policy with a count is none that it knows. */
const readRestart = (value: unknown): string =>
  typeof value === 'string' && ['no', 'on-failure', 'unless-stopped', 'always'].includes(value)
    ? value
    : 'always';

function readSecurityOptions(value: unknown, isUnconfined: boolean): string[] | undefined {
  const options = (textList(value) ?? []).filter(option => !option.startsWith('label'));
  if (isUnconfined) options.push('label=disable');
  return options.length === 0 ? undefined : options;
}

function toDevice(text: string): Json {
  const [outside = '', inside = outside, permissions = 'rwm'] = text.split(':');
  return { PathOnHost: outside, PathInContainer: inside, CgroupPermissions: permissions };
}

function readSysctls(value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  const entries = Array.isArray(value)
    ? value.map(it => String(it).split('='))
    : Object.entries(objectOf(value)).map(([name, it]) => [name, String(it)]);
  return Object.fromEntries(entries as [string, string][]);
}

function readUlimits(value: unknown): Json[] | undefined {
  if (value === undefined) return undefined;
  return Object.entries(objectOf(value)).map(([name, limit]) => {
    const { soft = limit, hard = limit } = objectOf(limit);
    return { Name: name, Soft: soft, Hard: hard };
  });
}

function readFeatures(
  labels: Readonly<Record<string, string>>,
  { engineSocket }: DeviceFacts,
): { readonly binds: string[]; readonly mounts: Json[]; readonly variables: Record<string, string> } {
  const has = (feature: string): boolean => truthy(labels[`io.balena.features.${feature}`]);
  const bind = (target: string): Json => ({ Type: 'bind', Source: engineSocket, Target: target });
  const socket = '/host/run/balena-engine.sock';
  const same = (path: string): string => `${path}:${path}`;
  return {
    binds: [
      ...(has('dbus') ? ['/run/dbus:/host/run/dbus'] : []),
      ...(has('sysfs') ? [same('/sys')] : []),
      ...(has('procfs') ? [same('/proc')] : []),
      ...(has('journal-logs')
        ? ['/var/log/journal', '/run/log/journal', '/etc/machine-id'].map(path => `${same(path)}:ro`)
        : []),
    ],
    mounts: [
      ...(has('balena-socket') ? [bind(socket), bind(engineSocket), bind('/var/run/balena.sock')] : []),
      ...(has('extra-firmware')
        ? [{ Type: 'volume', Source: 'extra-firmware', Target: '/extra-firmware' }]
        : []),
    ],
    variables: has('balena-socket') ? { DOCKER_HOST: `unix://${socket}` } : {},
  };
}
