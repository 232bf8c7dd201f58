/**
 * A service of a project in the supervisor's form. The law: only forms that are known to work are written; any that
 * loops, hangs or is dropped becomes a remark, before anything is sent.
 */
import type { Healthcheck, Resources, RestartPolicy, Security, Service } from '../../project/service.ts';
import { Remarks, type Remark } from './remarks.ts';
import type { Composition } from './target-state.ts';
import { writeMounts } from './write-mounts.ts';
import { writeNetworking } from './write-networking.ts';
import { writePorts } from './write-ports.ts';

export interface WrittenService {
  readonly composition: Composition;
  readonly remarks: readonly Remark[];
}

/** Names that the supervisor takes for variables; Docker takes any. */
const variableName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Printable ASCII but for blanks, quotes and backticks. */
const labelName = /^[!#-&(-_a-~]+$/;

export function writeComposition(service: Service): WrittenService {
  const remarks = new Remarks(service.name);
  const { volumes, tmpfs } = writeMounts(service.mounts, remarks);
  const fields: Record<string, unknown> = {
    ...writeProcess(service),
    user: service.user,
    group_add: present(service.groupAdd),
    working_dir: service.workingDirectory,
    hostname: service.hostname,
    domainname: service.domainName,
    mac_address: service.macAddress,
    // A supervisor gives every service a terminal by default.
    tty: service.hasTty,
    init: service.isInit,
    read_only: service.isReadOnly || undefined,
    stop_signal: service.stopSignal,
    stop_grace_period: writeGracePeriod(service.stopGracePeriodMs, remarks),
    restart: writeRestart(service.restart, remarks),
    healthcheck: writeHealthcheck(service.healthcheck, remarks),
    // The supervisor never applies an object, and does not wait for conditions.
    depends_on: present(service.dependsOn.map(it => it.service)),
    ports: present(writePorts(service.ports, remarks)),
    volumes: present(volumes),
    tmpfs: present(tmpfs),
    dns: present(service.dns),
    dns_opt: present(service.dnsOptions),
    dns_search: present(service.dnsSearch),
    extra_hosts: present(service.extraHosts),
    ...writeNetworking(service.networking, remarks),
    ...writeSecurity(service.security, remarks),
    ...writeResources(service.resources, remarks),
  };
  remarkOnDropped(service, remarks);
  const composition = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { composition, remarks: remarks.all };
}

const present = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

const inSeconds = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : `${Math.ceil(ms / 1000).toString()}s`;

/**
 * A supervisor gives an entrypoint the command of the image (its compose/utils.ts, `getCommand`), which an engine leaves out: so an
 * entrypoint alone is written as the command.
 */
function writeProcess({ command, entrypoint }: Pick<Service, 'command' | 'entrypoint'>): object {
  const isAlone = command === undefined && entrypoint !== undefined && entrypoint.length > 0;
  return isAlone ? { command: entrypoint, entrypoint: [] } : { command, entrypoint };
}

/** A supervisor reads 0 back from the container as its default, which differs, and recreates it endlessly (`fromDockerContainer`). */
function writeGracePeriod(ms: number | undefined, remarks: Remarks): string | undefined {
  if (ms !== 0) return inSeconds(ms);
  remarks.warn('stop_grace_period', 'the supervisor waits at least 1 s');
  return '1s';
}

/** Compose's default is to start a service once; the supervisor's is `always`. */
function writeRestart(restart: RestartPolicy | undefined, remarks: Remarks): string {
  if (restart?.maximumRetries !== undefined && restart.maximumRetries > 0)
    remarks.warn('restart', 'the supervisor restarts it without counting');
  return restart?.name ?? 'no';
}

function writeHealthcheck(check: Healthcheck | undefined, remarks: Remarks): object | undefined {
  if (check === undefined) return undefined;
  if (check.test?.[0] === 'NONE') return { disable: true };
  // Without a test, the check never equals the one that the engine reports, and the container would be recreated endlessly.
  if (check.test === undefined) {
    remarks.warn('healthcheck', 'without a test, the supervisor keeps all of the check of the image');
    return undefined;
  }
  remarks.drop('healthcheck.start_period', check.startPeriodMs !== undefined);
  for (const [field, ms = 0] of [
    ['interval', check.intervalMs],
    ['timeout', check.timeoutMs],
  ] as const)
    if (ms % 1000 !== 0)
      remarks.warn(`healthcheck.${field}`, `it is sent to the supervisor as ${inSeconds(ms) ?? ''}`);
  // 0 means the image's value. An engine does not report a 0, so that the container would be recreated endlessly.
  return {
    test: check.test,
    ...((check.intervalMs ?? 0) === 0 ? {} : { interval: inSeconds(check.intervalMs) }),
    ...((check.timeoutMs ?? 0) === 0 ? {} : { timeout: inSeconds(check.timeoutMs) }),
    ...((check.retries ?? 0) === 0 ? {} : { retries: check.retries }),
  };
}

function writeSecurity(security: Security, remarks: Remarks): Record<string, unknown> {
  remarks.drop('device_cgroup_rules', security.deviceCgroupRules.length > 0);
  remarks.drop('runtime', security.runtime !== undefined);
  remarks.drop('uts', security.uts !== undefined);
  remarks.drop('cgroup', security.cgroup !== undefined);
  remarks.drop('gpus', security.deviceRequests.length > 0);
  if (security.hasOpenSystemPaths)
    remarks.warn('security_opt', 'systempaths=unconfined: the supervisor drops it');
  for (const option of security.securityOptions)
    if (option.startsWith('label')) remarks.warn('security_opt', `${option}: the supervisor drops it`);
  const { sysctls, pid, ipc } = security;
  if (/^(service|container):/.test(pid ?? ''))
    remarks.refuse('pid', `${pid ?? ''}: the supervisor knows host alone`);
  if (/^(service|container):/.test(ipc ?? ''))
    remarks.refuse('ipc', `${ipc ?? ''}: the supervisor knows no other container`);
  return {
    privileged: security.isPrivileged || undefined,
    cap_add: present(security.capAdd),
    cap_drop: present(security.capDrop),
    devices: present(security.devices.map(it => `${it.hostPath}:${it.containerPath}:${it.permissions}`)),
    security_opt: present(security.securityOptions.filter(it => !it.startsWith('label'))),
    sysctls: Object.keys(sysctls).length === 0 ? undefined : sysctls,
    pid,
    ipc,
    userns_mode: security.usernsMode,
    cgroup_parent: security.cgroupParent,
  };
}

function writeResources(resources: Resources, remarks: Remarks): Record<string, unknown> {
  const dropped = {
    cpu_period: resources.cpuPeriod,
    cpu_rt_runtime: resources.cpuRealtimeRuntime,
    cpu_rt_period: resources.cpuRealtimePeriod,
    memswap_limit: resources.memorySwapBytes,
    mem_swappiness: resources.memorySwappiness,
    blkio_config: resources.blkioWeight ?? resources.blkioDevices[0],
  };
  for (const [field, value] of Object.entries(dropped)) remarks.drop(field, value !== undefined);
  remarks.drop('storage_opt', Object.keys(resources.storageOptions).length > 0);
  const ulimits = resources.ulimits.map(({ name, soft, hard }) => [name, { soft, hard }] as const);
  return {
    cpus: resources.nanoCpus === undefined ? undefined : resources.nanoCpus / 1e9,
    cpu_shares: resources.cpuShares,
    cpu_quota: resources.cpuQuota,
    cpuset: resources.cpuset,
    mem_limit: resources.memoryBytes,
    mem_reservation: resources.memoryReservationBytes?.toString(),
    pids_limit: resources.pidsLimit,
    shm_size: resources.shmSizeBytes,
    oom_kill_disable: resources.isOomKillDisabled,
    oom_score_adj: resources.oomScoreAdjustment,
    ulimits: ulimits.length === 0 ? undefined : Object.fromEntries(ulimits),
  };
}

function remarkOnDropped(service: Service, remarks: Remarks): void {
  remarks.drop('container_name', service.containerName !== undefined);
  remarks.drop('stdin_open', service.isStdinOpen);
  remarks.drop('logging', service.logging !== undefined);
  remarks.drop('expose', service.expose.length > 0);
  remarks.drop('annotations', Object.keys(service.annotations).length > 0);
  if (service.links.length > 0)
    remarks.refuse('links', 'the supervisor drops them; a service is reached by its name');
  if (service.volumesFrom.length > 0)
    remarks.refuse('volumes_from', 'the supervisor drops it; mount the same named volumes');
  if (service.secrets.length > 0) remarks.refuse('secrets', 'the supervisor has none');
  if (service.configs.length > 0) remarks.refuse('configs', 'the supervisor has none');
  for (const { service: other, condition } of service.dependsOn)
    if (condition !== 'service_started')
      remarks.warn('depends_on', `${other}: the supervisor waits until it is started, not for ${condition}`);
  for (const name of service.unsetVariables)
    remarks.warn('environment', `${JSON.stringify(name)} has no value: what the image sets it to stays`);
  for (const name of Object.keys(service.environment))
    if (!variableName.test(name))
      remarks.refuse(
        'environment',
        `${JSON.stringify(name)}: the supervisor takes letters, digits and _ alone`,
      );
  for (const name of Object.keys(service.labels))
    if (!labelName.test(name))
      remarks.refuse(
        'labels',
        `${JSON.stringify(name)}: the supervisor takes no blanks, quotes or backticks`,
      );
}
