import type { Project } from '../../src/project/project.ts';
import type { Service } from '../../src/project/service.ts';
import { compact, portText, sorted, type Shape } from './compose-shape.ts';

/** Our model in the shape that is compared. */
export function shapeOfOurs(project: Project): Shape {
  return compact({
    services: Object.fromEntries(project.services.map(it => [it.name, shapeOfService(it)])),
    networks: project.networks.flatMap(it =>
      it.key === 'default'
        ? []
        : [
            {
              key: it.key,
              internal: it.isInternal,
              driver: it.driver,
              labels: it.labels,
              options: it.driverOptions,
              subnets: it.ipam?.pools.map(({ subnet, gateway, ipRange }) => [subnet, gateway, ipRange]),
            },
          ],
    ),
    volumes: project.volumes.map(it => ({
      key: it.key,
      external: it.isExternal,
      driver: it.driver,
      labels: it.labels,
      options: it.driverOptions,
    })),
    secrets: project.secrets.map(({ key, source }) => ({ key, ...source })),
    configs: project.configs.map(({ key, source }) => ({ key, ...source })),
  }) as Shape;
}

function shapeOfService(it: Service): Shape {
  const { security, resources, networking, build } = it;
  return {
    ...{
      image: it.image,
      command: it.command,
      entrypoint: it.entrypoint,
      environment: it.environment,
      labels: it.labels,
    },
    ...{
      user: it.user,
      working: it.workingDirectory,
      hostname: it.hostname,
      domain: it.domainName,
      mac: it.macAddress,
    },
    ...{
      tty: it.hasTty,
      stdin: it.isStdinOpen,
      init: it.isInit,
      readOnly: it.isReadOnly,
      stopSignal: it.stopSignal,
    },
    ...{
      stopMs: it.stopGracePeriodMs,
      name: it.containerName,
      groups: it.groupAdd,
      dns: it.dns,
      search: it.dnsSearch,
    },
    ...{ dnsOptions: it.dnsOptions, hosts: it.extraHosts, logging: it.logging, expose: it.expose },
    restart: it.restart && [it.restart.name, it.restart.maximumRetries ?? 0],
    ports: sorted(it.ports.map(portText)),
    depends: Object.fromEntries(
      it.dependsOn.filter(({ restart }) => !restart).map(({ service, condition }) => [service, condition]),
    ),
    health: it.healthcheck && { ...it.healthcheck, test: it.healthcheck.test },
    mounts: sorted(
      it.mounts.map(
        mount =>
          `${mount.type} ${(mount.type === 'bind' ? mount.source : mount.type === 'volume' ? mount.volume : undefined) ?? ''} ${mount.target} ${mount.isReadOnly ? 'ro' : 'rw'} ${mount.type === 'volume' && mount.isNoCopy ? 'nocopy' : ''}${mount.type === 'tmpfs' ? (mount.sizeBytes ?? mount.options ?? '').toString() : ''}`,
      ),
    ),
    mode:
      networking.mode === 'service'
        ? `service:${networking.service}`
        : networking.mode === 'networks'
          ? undefined
          : networking.mode,
    networks:
      networking.mode === 'networks'
        ? networking.networks
            .filter(({ network }) => network !== 'default')
            .map(({ network, aliases, ipv4Address, priority }) => ({
              network,
              aliases,
              ipv4Address,
              priority: priority || undefined,
            }))
            .sort((a, b) => (a.network < b.network ? -1 : 1))
        : [],
    secrets: it.secrets.map(use => ({ ...use, target: use.target })),
    configs: it.configs.map(use => ({ ...use, target: use.target })),
    privileged: security.isPrivileged,
    capabilities: [security.capAdd, security.capDrop],
    devices: sorted(
      security.devices.map(device => `${device.hostPath}:${device.containerPath}:${device.permissions}`),
    ),
    ...{
      rules: security.deviceCgroupRules,
      options: security.securityOptions,
      sysctls: security.sysctls,
      pid: security.pid,
      ipc: security.ipc,
    },
    resources: { ...resources, storageOptions: undefined, blkioDevices: undefined },
    build: build && {
      context: build.contextDirectory,
      args: build.args,
      target: build.target,
      labels: build.labels,
      network: build.network,
      cacheFrom: build.cacheFrom,
      hosts: build.extraHosts,
      shm: build.shmSizeBytes,
    },
  };
}
