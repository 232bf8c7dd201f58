import { knownFeatures, readFeatures, type Feature } from '../../features.ts';
import type { Mount } from '../../mount.ts';
import type { Dependency, SecretUse, Service } from '../../service.ts';
import { findNearest } from '../../../core/nearest.ts';
import { faultOfReference } from '../../image-reference.ts';
import { checkService } from '../check/check-engine.ts';
import type { Cursor } from '../../yaml/cursor.ts';
import { readBuild, type BuildOptions } from './read-build.ts';
import { readEnvironment, readLabels } from './read-environment.ts';
import { readCommand, readDependsOn, readHealthcheck, readLogging, readRestart } from './read-lifecycle.ts';
import { readMounts } from './container/read-mounts.ts';
import { readExtraHosts, readNetworking } from './container/read-networking.ts';
import { readExpose, readPorts } from './container/read-ports.ts';
import { readResources } from './container/read-resources.ts';
import { readSecretUses } from './read-secrets.ts';
import { readSecurity } from './container/read-security.ts';
import { readWatch } from './read-watch.ts';

export interface ServiceOptions extends BuildOptions {
  /** Of the project. */
  readonly directory: string;
  /** Services without a container: nothing waits for them. */
  readonly emptyServices: ReadonlySet<string>;
}

export async function readService(name: string, it: Cursor, options: ServiceOptions): Promise<Service> {
  checkService(it, options.place);
  const isBroken = it.problems.errors.some(
    ({ subject }) => subject.startsWith(`${it.subject}.`) || subject.endsWith('.extends'),
  );
  if (!isBroken && textOf(it.at('image')) === undefined && !it.at('build').isPresent)
    it.problems.add(it.keyPlace, it.subject, 'has neither "image" nor "build"');
  const platform = textOf(it.at('platform'));
  const build = await readBuild(it.at('build'), { ...options, platform });
  const labels = await readLabels(it);
  const networking = readNetworking(it);
  if (networking.mode === 'host' && it.at('ports').isPresent)
    it.at('ports').warn('have no effect with network_mode host: the service is on the device itself');
  const security = await readSecurity(it, options.directory);
  const mounts = readMounts(it);
  const secrets = readSecretUses(it.at('secrets'), '/run/secrets');
  const configs = readSecretUses(it.at('configs'), '/');
  checkFileTargets(it.at('secrets'), secrets, mounts);
  checkFileTargets(it.at('configs'), configs, mounts);
  const links = it.at('links').texts();
  const volumesFrom = it.at('volumes_from').texts();
  const shared = [
    ...[security.pid, security.ipc].flatMap(mode => /^service:(.+)$/.exec(mode ?? '')?.[1] ?? []),
    ...(networking.mode === 'service' ? [networking.service] : []),
  ];
  const implied = [
    ...links.map(link => link.split(':')[0] ?? ''),
    ...volumesFrom.filter(from => !from.startsWith('container:')).map(from => from.split(':')[0] ?? ''),
    ...shared,
  ];
  return {
    name,
    containerName: it.at('container_name').text(),
    image: readImage(it.at('image')),
    build,
    pullPolicy: it.at('pull_policy').text(),
    platform,
    command: readCommand(it.at('command')),
    entrypoint: readCommand(it.at('entrypoint')),
    ...(await readEnvironment(it, options.lookup)),
    labels,
    annotations: {},
    user: it.at('user').text(),
    groupAdd: it.at('group_add').texts(),
    workingDirectory: it.at('working_dir').text(),
    hostname: it.at('hostname').text(),
    domainName: it.at('domainname').text(),
    macAddress: it.at('mac_address').text(),
    hasTty: it.at('tty').bool() ?? false,
    isStdinOpen: it.at('stdin_open').bool() ?? false,
    isInit: it.at('init').bool(),
    isReadOnly: it.at('read_only').bool() ?? false,
    stopSignal: it.at('stop_signal').text(),
    stopGracePeriodMs: it.at('stop_grace_period').durationMs(),
    restart: readRestart(it),
    healthcheck: readHealthcheck(it.at('healthcheck')),
    logging: readLogging(it.at('logging')),
    dependsOn: withImplied(
      readDependsOn(it.at('depends_on')).filter(({ service }) => !options.emptyServices.has(service)),
      implied,
      shared,
    ),
    ports: readPorts(it.at('ports')),
    expose: readExpose(it.at('expose')),
    mounts,
    networking,
    secrets,
    configs,
    security,
    resources: readResources(it),
    features: readServiceFeatures(it.at('labels'), labels),
    dns: it.at('dns').texts(),
    dnsOptions: it.at('dns_opt').texts(),
    dnsSearch: it.at('dns_search').texts(),
    links,
    volumesFrom,
    extraHosts: readExtraHosts(it.at('extra_hosts')),
    watch: readWatch(it),
  };
}

/** A file and a mount of the service cannot have the same target, nor can a file's target contain one. */
function checkFileTargets(section: Cursor, uses: readonly SecretUse[], mounts: readonly Mount[]): void {
  for (const { source, target } of uses)
    if (mounts.some(mount => mount.target === target || mount.target.startsWith(`${target}/`)))
      section.fail(
        `${source} cannot be the file ${target}: a volume or tmpfs of the service is mounted there`,
      );
}

/** Text without a character, as of a variable that is not set, is none. */
function textOf(it: Cursor): string | undefined {
  const text = it.text();
  return text === '' ? undefined : text;
}

function readImage(it: Cursor): string | undefined {
  const reference = textOf(it);
  const fault = reference === undefined ? undefined : faultOfReference(reference);
  if (reference !== undefined && fault !== undefined) it.fail(`${JSON.stringify(reference)} ${fault}`);
  return reference;
}

/**
 * A service starts after those whose network, processes or volumes it shares. It has to restart with one whose network or
 * processes it shares, as what it shares ends with that one.
 */
function withImplied(
  written: readonly Dependency[],
  implied: readonly string[],
  shared: readonly string[],
): Dependency[] {
  const known = new Set(written.map(({ service }) => service));
  const added = [...new Set(implied)].filter(service => !known.has(service));
  const plain = { condition: 'service_started', restart: true, isRequired: true } as const;
  return [
    ...written.map(it => (shared.includes(it.service) ? { ...it, restart: true } : it)),
    ...added.map(service => ({ service, ...plain })),
  ];
}

/** The features that labels switch on. Warns of labels that nothing knows. */
function readServiceFeatures(cursor: Cursor, labels: Readonly<Record<string, string>>): Feature[] {
  const found = readFeatures(labels);
  return found.flatMap(({ label, feature }) => {
    if (feature !== undefined) return [feature];
    const nearest = findNearest(label.split('.').slice(3).join('.'), knownFeatures);
    const hint = nearest === undefined ? '' : `: did you mean ${JSON.stringify(nearest)}?`;
    cursor.warn(`${label} is no feature that a device knows${hint}`);
    return [];
  });
}
