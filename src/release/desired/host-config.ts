import type { HostConfig, PortBinding } from '../../engine/container-body.ts';
import type { Ulimit } from '../../project/build.ts';
import type { Project } from '../../project/project.ts';
import type { PortMapping } from '../../project/ports.ts';
import type { Service } from '../../project/service.ts';
import { containerNameOf } from './container-name.ts';

/** In the engine's spelling. */
export const toUlimit = ({ name, soft, hard }: Ulimit): object => ({ Name: name, Soft: soft, Hard: hard });

/** `{"80/tcp": [{HostIp, HostPort}]}` */
export function toPortBindings(ports: readonly PortMapping[]): Record<string, PortBinding[]> {
  const bindings: Record<string, PortBinding[]> = {};
  for (const { target, protocol, hostIp = '', published = '' } of ports)
    (bindings[`${target.toString()}/${protocol}`] ??= []).push({ HostIp: hostIp, HostPort: published });
  return bindings;
}

/** `service:NAME` as the engine knows it. */
function sharedWith(project: Project, mode: string | undefined): string | undefined {
  const name = /^service:(.+)$/.exec(mode ?? '')?.[1];
  if (name === undefined) return mode;
  const other = project.services.find(service => service.name === name);
  return `container:${other === undefined ? name : containerNameOf(project, other)}`;
}

const secondsOf = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.ceil(ms / 1000);

/** `StopTimeout`, in whole seconds. */
export const stopTimeoutOf = (service: Service): number | undefined => secondsOf(service.stopGracePeriodMs);

function securityOf(project: Project, { security }: Service): Record<string, unknown> {
  return {
    Privileged: security.isPrivileged,
    CapAdd: security.capAdd,
    CapDrop: security.capDrop,
    Devices: security.devices.map(({ hostPath, containerPath, permissions }) => ({
      PathOnHost: hostPath,
      PathInContainer: containerPath,
      CgroupPermissions: permissions,
    })),
    DeviceCgroupRules: security.deviceCgroupRules,
    DeviceRequests: security.deviceRequests.map(({ driver, count, deviceIds, capabilities, options }) => ({
      Driver: driver ?? '',
      Count: count ?? (deviceIds.length > 0 ? 0 : -1),
      DeviceIDs: deviceIds,
      Capabilities: [capabilities],
      Options: options,
    })),
    SecurityOpt: security.securityOptions,
    ...(security.hasOpenSystemPaths ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
    Sysctls: security.sysctls,
    PidMode: sharedWith(project, security.pid),
    IpcMode: sharedWith(project, security.ipc),
    UTSMode: security.uts,
    UsernsMode: security.usernsMode,
    CgroupnsMode: security.cgroup,
    CgroupParent: security.cgroupParent,
    Runtime: security.runtime,
  };
}

const blkioKeys = {
  weight_device: 'BlkioWeightDevice',
  device_read_bps: 'BlkioDeviceReadBps',
  device_read_iops: 'BlkioDeviceReadIOps',
  device_write_bps: 'BlkioDeviceWriteBps',
  device_write_iops: 'BlkioDeviceWriteIOps',
} as const;

function blkioDevicesOf({ blkioDevices }: Service['resources']): Record<string, object[]> {
  const devices: Record<string, object[]> = {};
  for (const { limit, path, value } of blkioDevices)
    (devices[blkioKeys[limit]] ??= []).push({
      Path: path,
      [limit === 'weight_device' ? 'Weight' : 'Rate']: value,
    });
  return devices;
}

function resourcesOf({ resources }: Service): Record<string, unknown> {
  const storage = resources.storageOptions;
  return {
    NanoCpus: resources.nanoCpus,
    CpuShares: resources.cpuShares,
    CpuQuota: resources.cpuQuota,
    CpuPeriod: resources.cpuPeriod,
    CpuRealtimeRuntime: resources.cpuRealtimeRuntime,
    CpuRealtimePeriod: resources.cpuRealtimePeriod,
    CpusetCpus: resources.cpuset,
    Memory: resources.memoryBytes,
    MemoryReservation: resources.memoryReservationBytes,
    MemorySwap: resources.memorySwapBytes,
    MemorySwappiness: resources.memorySwappiness,
    PidsLimit: resources.pidsLimit,
    ShmSize: resources.shmSizeBytes,
    OomKillDisable: resources.isOomKillDisabled,
    OomScoreAdj: resources.oomScoreAdjustment,
    Ulimits: resources.ulimits.map(toUlimit),
    BlkioWeight: resources.blkioWeight,
    ...blkioDevicesOf(resources),
    StorageOpt: Object.keys(storage).length === 0 ? undefined : storage,
  };
}

/** `volumes_from` by the names that containers have on the device. */
function volumesFrom(project: Project, { volumesFrom: written }: Service): string[] | undefined {
  const containers = written.map(from => {
    if (from.startsWith('container:')) return from.slice('container:'.length);
    const [name = '', mode] = from.split(':');
    const other = project.services.find(it => it.name === name);
    const container = other === undefined ? name : containerNameOf(project, other);
    return mode === undefined ? container : `${container}:${mode}`;
  });
  return containers.length === 0 ? undefined : containers;
}

/** The container's host configuration, without mounts and networks. */
export function toHostConfig(project: Project, service: Service): HostConfig {
  const { restart, logging } = service;
  return {
    ...securityOf(project, service),
    ...resourcesOf(service),
    PortBindings: toPortBindings(service.ports),
    RestartPolicy: { Name: restart?.name ?? 'no', MaximumRetryCount: restart?.maximumRetries ?? 0 },
    LogConfig: logging === undefined ? undefined : { Type: logging.driver ?? '', Config: logging.options },
    ReadonlyRootfs: service.isReadOnly,
    Init: service.isInit,
    Dns: service.dns,
    DnsOptions: service.dnsOptions,
    DnsSearch: service.dnsSearch,
    ExtraHosts: service.extraHosts,
    GroupAdd: service.groupAdd,
    VolumesFrom: volumesFrom(project, service),
    Annotations: Object.keys(service.annotations).length === 0 ? undefined : service.annotations,
  };
}
