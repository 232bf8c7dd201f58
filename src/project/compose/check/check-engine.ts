/**
 * Reports every setting of compose that a device's one engine (API 1.41, classic builder) does not support. None is
 * ignored silently.
 */
import type { BuildPlace } from '../../build.ts';
import type { Cursor } from '../../yaml/cursor.ts';

type Finding = readonly [path: string, message: string];

const buildkit: Readonly<Record<BuildPlace, string>> = {
  device: "needs BuildKit, which the device's builder is not",
  local: 'is not passed on to Docker on this machine',
};
const buildkitKeys = ['ssh', 'secrets', 'additional_contexts', 'cache_to', 'entitlements', 'privileged'];
const newerEngine = (version: string): string => `needs an engine with API ${version}; devices have 1.41`;

const refused: readonly Finding[] = [
  ['build.isolation', 'is for Windows containers'],
  ['credential_spec', 'is for Windows containers'],
  ['cpu_count', 'is for Windows containers'],
  ['cpu_percent', 'is for Windows containers'],
  ['provider', 'runs a program of this machine: a device has none'],
  ['models', 'needs a model runner: a device has none'],
  ['use_api_socket', 'is for Docker Desktop: use the label io.balena.features.balena-socket'],
  ['annotations', newerEngine('1.43')],
  ['post_start', 'hooks are not run'],
  ['pre_stop', 'hooks are not run'],
  ['external_links', 'are of the past: use a network with "external: true"'],
  ['healthcheck.start_interval', newerEngine('1.44')],
];

const ignored: readonly Finding[] = [
  ...['mode', 'endpoint_mode', 'placement', 'update_config', 'rollback_config', 'labels'].map(
    (key): Finding => [`deploy.${key}`, 'is for a swarm: it has no effect here'],
  ),
  ['deploy.resources.reservations.cpus', 'is for a swarm: it has no effect here'],
  ['deploy.resources.reservations.generic_resources', 'is for a swarm: it has no effect here'],
  ['deploy.restart_policy.delay', 'has no effect: the engine chooses the delay'],
  ['deploy.restart_policy.window', 'has no effect'],
  ['attach', 'has no effect: choose services when following logs'],
  ['pull_refresh_after', 'has no effect'],
];

/** `place`: where its image is built. */
export function checkService(service: Cursor, place: BuildPlace): void {
  const needBuildKit = buildkitKeys.map((key): Finding => [`build.${key}`, buildkit[place]]);
  for (const [path, message] of [...needBuildKit, ...refused]) {
    const it = service.at(...path.split('.'));
    if (it.isPresent) it.problems.add(it.keyPlace, it.subject, message);
  }
  for (const [path, message] of ignored) {
    const it = service.at(...path.split('.'));
    if (it.isPresent) it.problems.warn(it.keyPlace, it.subject, message);
  }
  const policy = service.at('pull_policy');
  if (/^(?:daily|weekly|every_.+)$/.test(policy.text() ?? ''))
    policy.warn('is taken for "missing": --pull looks for newer images');
  const isolation = service.at('isolation');
  if (![undefined, '', 'default'].includes(isolation.text()))
    isolation.problems.add(isolation.keyPlace, isolation.subject, 'is for Windows containers');
  for (const path of [['scale'], ['deploy', 'replicas']]) {
    const it = service.at(...path);
    const count = it.integer();
    if (count !== undefined && count !== 1)
      it.fail(`${count.toString()} containers of one service: a device runs one`);
  }
  const platforms = service.at('build', 'platforms');
  const [first, ...others] = platforms.texts();
  const own = service.at('platform').text();
  if (others.length > 0) platforms.fail('a device builds for its own platform: name one');
  else if (first !== undefined && own !== undefined && first !== own)
    platforms.fail(`lacks the platform of the service, ${own}`);
  checkMounts(service);
  checkNetworkUses(service);
}

function checkMounts(service: Cursor): void {
  for (const item of service.at('volumes').items()) {
    const refusedHere: Finding[] = [
      ['volume.subpath', newerEngine('1.45')],
      ['volume.labels', newerEngine('1.45')],
      ['bind.recursive', newerEngine('1.44')],
    ];
    for (const [path, message] of refusedHere) {
      const it = item.at(...path.split('.'));
      if (it.isPresent) it.problems.add(it.keyPlace, it.subject, message);
    }
    const selinux = item.at('bind', 'selinux');
    if (selinux.isPresent) selinux.warn('has no effect: devices have no SELinux');
  }
}

function checkNetworkUses(service: Cursor): void {
  const findings: Finding[] = [
    ['interface_name', newerEngine('1.49')],
    ['gw_priority', newerEngine('1.48')],
    ['mac_address', `${newerEngine('1.44')}: write mac_address beside "networks"`],
  ];
  for (const [, use] of service.at('networks').entries())
    for (const [key, message] of findings) {
      const it = use.at(key);
      if (it.isPresent) it.problems.add(it.keyPlace, it.subject, message);
    }
}

export function checkNetwork(network: Cursor): void {
  const ipv4 = network.at('enable_ipv4');
  if (ipv4.isPresent && ipv4.bool() !== true) ipv4.fail(newerEngine('1.48'));
  const driver = network.at('driver');
  if (driver.text() === 'overlay') driver.fail('overlay networks need a swarm: use bridge');
}
