import type { Build } from './build.ts';
import type { ProjectName } from './project-name.ts';
import type { Project } from './project.ts';
import type { Service } from './service.ts';

/** The service that a directory with nothing but a Dockerfile is. */
export const singleServiceName = 'main';

/** Returns a service with default settings. */
export function plainService(name: string): Service {
  return {
    name,
    containerName: undefined,
    image: undefined,
    build: undefined,
    pullPolicy: undefined,
    platform: undefined,
    command: undefined,
    entrypoint: undefined,
    environment: {},
    unsetVariables: [],
    labels: {},
    annotations: {},
    user: undefined,
    groupAdd: [],
    workingDirectory: undefined,
    hostname: undefined,
    domainName: undefined,
    macAddress: undefined,
    hasTty: false,
    isStdinOpen: false,
    isInit: undefined,
    isReadOnly: false,
    stopSignal: undefined,
    stopGracePeriodMs: undefined,
    restart: undefined,
    healthcheck: undefined,
    logging: undefined,
    dependsOn: [],
    ports: [],
    expose: [],
    mounts: [],
    networking: { mode: 'networks', networks: [] },
    secrets: [],
    configs: [],
    features: [],
    dns: [],
    dnsOptions: [],
    dnsSearch: [],
    extraHosts: [],
    links: [],
    volumesFrom: [],
    watch: [],
    security: {
      isPrivileged: false,
      capAdd: [],
      capDrop: [],
      devices: [],
      deviceCgroupRules: [],
      deviceRequests: [],
      securityOptions: [],
      hasOpenSystemPaths: false,
      sysctls: {},
      pid: undefined,
      ipc: undefined,
      uts: undefined,
      usernsMode: undefined,
      cgroup: undefined,
      cgroupParent: undefined,
      runtime: undefined,
    },
    resources: {
      nanoCpus: undefined,
      cpuShares: undefined,
      cpuQuota: undefined,
      cpuPeriod: undefined,
      cpuRealtimeRuntime: undefined,
      cpuRealtimePeriod: undefined,
      cpuset: undefined,
      memoryBytes: undefined,
      memoryReservationBytes: undefined,
      memorySwapBytes: undefined,
      memorySwappiness: undefined,
      pidsLimit: undefined,
      shmSizeBytes: undefined,
      ulimits: [],
      isOomKillDisabled: undefined,
      oomScoreAdjustment: undefined,
      blkioWeight: undefined,
      blkioDevices: [],
      storageOptions: {},
    },
  };
}

/**
 * Wraps a single Dockerfile the way container-OS devices have always run one: a privileged service on the host's
 * network, restarted always, with a volume at /data and the host's modules, firmware and D-Bus.
 */
export function singleServiceProject(
  directory: string,
  { name, givenName }: ProjectName,
  build: Build,
  warnings: Project['warnings'],
): Project {
  const plain = plainService(singleServiceName);
  const service: Service = {
    ...plain,
    build,
    restart: { name: 'always', maximumRetries: undefined },
    networking: { mode: 'host' },
    mounts: [{ type: 'volume', volume: 'resin-data', target: '/data', isReadOnly: false, isNoCopy: false }],
    features: ['kernel-modules', 'firmware', 'dbus'],
    security: { ...plain.security, isPrivileged: true },
  };
  return {
    name,
    givenName,
    directory,
    files: [],
    inputs: [],
    services: [service],
    networks: [],
    secrets: [],
    configs: [],
    volumes: [
      {
        key: 'resin-data',
        name: `${name}_resin-data`,
        isExternal: false,
        driver: undefined,
        driverOptions: {},
        labels: {},
      },
    ],
    disabledServices: [],
    warnings,
  };
}
