import { parsePort } from '../../src/project/ports.ts';
import type { Project } from '../../src/project/project.ts';
import {
  bytes,
  compact,
  list,
  ms,
  portText,
  raw,
  record,
  sorted,
  text,
  words,
  type Raw,
  type Shape,
} from './compose-shape.ts';

/** What docker-compose 1.29's `config` prints, in the shape that is compared: of what `ours` has. */
export function shapeOfTheirs(config: Raw, ours: Project): Shape {
  const names = new Set(ours.services.map(({ name }) => name));
  const section = (key: string, used: readonly { key: string }[]): [string, Raw][] =>
    Object.entries(raw(config[key]))
      .filter(([name]) => used.some(it => it.key === name))
      .map(([name, it]) => [name, raw(it)]);
  return compact({
    services: Object.fromEntries(
      Object.entries(raw(config['services']))
        .filter(([name]) => names.has(name))
        .map(([name, it]) => [name, shapeOfTheirService(raw(it))]),
    ),
    networks: section('networks', ours.networks)
      .map(([key, it]) => ({
        key,
        internal: it['internal'],
        driver: it['driver'],
        labels: record(it['labels']),
        options: record(it['driver_opts']),
        subnets: list(raw(it['ipam'])['config']).map(pool => [
          raw(pool)['subnet'],
          raw(pool)['gateway'],
          raw(pool)['ip_range'],
        ]),
      }))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
    volumes: ours.volumes
      .flatMap(({ key }) => section('volumes', [{ key }]))
      .map(([key, it]) => ({
        key,
        external: it['external'],
        driver: it['driver'],
        labels: record(it['labels']),
        options: record(it['driver_opts']),
      })),
    secrets: ours.secrets
      .flatMap(({ key }) => section('secrets', [{ key }]))
      .map(([key, it]) => ({ key, file: it['file'] })),
    configs: section('configs', ours.configs).map(([key, it]) => ({ key, file: it['file'] })),
  }) as Shape;
}

function shapeOfTheirService(it: Raw): Shape {
  const limits = raw(raw(raw(it['deploy'])['resources'])['limits']);
  const reservations = raw(raw(raw(it['deploy'])['resources'])['reservations']);
  const cpus = it['cpus'] ?? limits['cpus'];
  const build = it['build'] === undefined ? undefined : raw(it['build']);
  const health = it['healthcheck'] === undefined ? undefined : raw(it['healthcheck']);
  return {
    ...{
      image: it['image'],
      command: unescape(words(it['command'])),
      entrypoint: unescape(words(it['entrypoint'])),
      environment: record(it['environment']),
      labels: record(it['labels']),
    },
    ...{
      user: it['user'],
      working: it['working_dir'],
      hostname: it['hostname'],
      domain: it['domainname'],
      mac: it['mac_address'],
    },
    ...{
      tty: it['tty'],
      stdin: it['stdin_open'],
      init: it['init'],
      readOnly: it['read_only'],
      stopSignal: it['stop_signal'],
    },
    ...{
      stopMs: ms(it['stop_grace_period']),
      name: it['container_name'],
      groups: it['group_add'],
      dns: list(it['dns']),
      search: list(it['dns_search']),
    },
    ...{
      dnsOptions: it['dns_opt'],
      hosts: theirHosts(it['extra_hosts']),
      logging: it['logging'],
      expose: list(it['expose']).map(port => `${text(port)}/tcp`),
    },
    restart: theirRestart(it),
    ports: sorted(list(it['ports']).flatMap(theirPort)),
    depends: Object.fromEntries(
      Array.isArray(it['depends_on'])
        ? it['depends_on'].map(name => [name, 'service_started'])
        : Object.entries(raw(it['depends_on'])).map(([name, on]) => [name, raw(on)['condition']]),
    ),
    health: health && {
      test: typeof health['test'] === 'string' ? ['CMD-SHELL', health['test']] : health['test'],
      intervalMs: ms(health['interval']),
      timeoutMs: ms(health['timeout']),
      retries: health['retries'],
    },
    mounts: sorted([
      ...list(it['volumes']).map(theirMount),
      ...list(it['tmpfs']).map(
        mount => `tmpfs  ${text(mount).split(':')[0] ?? ''} rw ${text(mount).split(':')[1] ?? ''}`,
      ),
    ]),
    mode: it['network_mode'],
    networks: Object.entries(raw(it['networks']))
      .filter(([network]) => network !== 'default')
      .map(([network, use]) => ({
        network,
        aliases: raw(use)['aliases'],
        ipv4Address: raw(use)['ipv4_address'],
        priority: raw(use)['priority'],
      })),
    secrets: list(it['secrets']).map(use => theirUse(raw(use), '/run/secrets/')),
    configs: list(it['configs']).map(use => theirUse(raw(use), '/')),
    privileged: it['privileged'],
    capabilities: [list(it['cap_add']), list(it['cap_drop'])],
    devices: sorted(
      list(it['devices']).map(device =>
        text(device).split(':').length === 2 ? `${text(device)}:rwm` : text(device),
      ),
    ),
    ...{
      rules: it['device_cgroup_rules'],
      options: it['security_opt'],
      sysctls: it['sysctls'],
      pid: it['pid'],
      ipc: it['ipc'],
    },
    resources: {
      ...{
        nanoCpus: cpus === undefined ? undefined : Number(cpus) * 1e9,
        cpuShares: it['cpu_shares'],
        cpuQuota: it['cpu_quota'],
        cpuset: it['cpuset'],
      },
      ...{
        memoryBytes: bytes(it['mem_limit'] ?? limits['memory']),
        memoryReservationBytes: bytes(it['mem_reservation'] ?? reservations['memory']),
      },
      ...{
        memorySwapBytes: bytes(it['memswap_limit']),
        memorySwappiness: it['mem_swappiness'],
        pidsLimit: it['pids_limit'],
        shmSizeBytes: bytes(it['shm_size']),
      },
      ...{
        isOomKillDisabled: it['oom_kill_disable'],
        oomScoreAdjustment: it['oom_score_adj'],
        blkioWeight: raw(it['blkio_config'])['weight'],
      },
      ulimits: Object.entries(raw(it['ulimits']))
        .map(([name, limit]) =>
          typeof limit === 'number' ? { name, soft: limit, hard: limit } : { name, ...raw(limit) },
        )
        .sort((a, b) => (a.name < b.name ? 1 : -1)),
    },
    build: build && {
      context: build['context'],
      args: build['args'],
      target: build['target'],
      labels: build['labels'],
      network: build['network'],
      cacheFrom: build['cache_from'],
      hosts: build['extra_hosts'],
      shm: bytes(build['shm_size']),
    },
  };
}

/** `config` writes `$` as `$$`, so that its output is a compose file again. */
const unescape = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(it => text(it).replaceAll('$$', '$')) : value;

function theirRestart(it: Raw): unknown {
  const policy = raw(raw(it['deploy'])['restart_policy']);
  if (it['restart'] === undefined)
    return policy['condition'] && [policy['condition'], policy['max_attempts'] ?? 0];
  const [name, retries = '0'] = text(it['restart']).split(':');
  return [name, Number(retries)];
}

function theirPort(port: unknown): string[] {
  if (typeof port !== 'object') {
    const parsed = parsePort(text(port));
    return Array.isArray(parsed) ? parsed.map(portText) : [text(port)];
  }
  const { target, published, protocol, host_ip: hostIp } = raw(port);
  return [
    `${hostIp === undefined ? '' : text(hostIp)}:${published === undefined ? '' : text(published)}:${text(target)}/${protocol === undefined ? 'tcp' : text(protocol)}`,
  ];
}

function theirMount(mount: unknown): string {
  if (typeof mount !== 'string') {
    const { type, source, target, read_only: readOnly, volume, tmpfs } = raw(mount);
    const size = raw(tmpfs)['size'];
    return `${text(type)} ${source === undefined ? '' : text(source)} ${text(target)} ${readOnly === true ? 'ro' : 'rw'} ${raw(volume)['nocopy'] === true ? 'nocopy' : ''}${size === undefined ? '' : text(size)}`;
  }
  const parts = mount.split(':');
  const [source, target, mode = 'rw'] = parts.length === 1 ? ['', mount] : parts;
  return `${source?.startsWith('/') ? 'bind' : 'volume'} ${source ?? ''} ${target ?? ''} ${mode} `;
}

const theirUse = (use: Raw, home: string): Raw => ({
  ...{ source: use['source'], uid: use['uid'], gid: use['gid'], mode: use['mode'] },
  target: text(use['target'] ?? use['source']).replace(/^(?!\/)/, home),
});

const theirHosts = (hosts: unknown): unknown =>
  Array.isArray(hosts)
    ? hosts
    : Object.entries(raw(hosts)).map(([name, address]) => `${name}:${text(address)}`);
