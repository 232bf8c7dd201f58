import { knownFeatures, readFeatures, type Feature } from '../../features.ts';
import type { Mount } from '../../mount.ts';
import { volumeOwnersOf, type Dependency, type SecretUse, type Service } from '../../service.ts';
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
  const image = it.at('image');
  if (!isBroken && textOf(image) === undefined && !it.at('build').isPresent) {
    if (image.isPresent) image.fail('is empty, and there is no "build"');
    else it.problems.add(it.keyPlace, it.subject, 'has neither "image" nor "build"');
  }
  const platform = textOf(it.at('platform'));
  const build = await readBuild(it.at('build'), { ...options, platform, image });
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
  const linked = links.map(link => link.split(':')[0] ?? '');
  return {
    name,
    containerName: it.at('container_name').text(),
    image: readImage(image),
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
      { restarted: [...linked, ...shared], started: volumeOwnersOf(volumesFrom), shared },
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
  if (reference === undefined || fault === undefined) return reference;
  const [variable] = /%%(?:BALENA|RESIN)_\w+%%/.exec(reference) ?? [];
  it.fail(
    variable === undefined
      ? `${JSON.stringify(reference)} ${fault}`
      : `${variable} is replaced in a Dockerfile.template alone: write "build" in place of "image", with such a file, whose FROM may name ${reference}`,
  );
  return reference;
}

interface ImpliedDependencies {
  /** The service restarts with these. */
  readonly restarted: readonly string[];
  /** The service only starts after these. */
  readonly started: readonly string[];
  /** Those whose network or processes are the service's too. */
  readonly shared: readonly string[];
}

/**
 * A service starts after those whose network, processes or volumes it shares. It has to restart with one whose network or
 * processes it shares, as what it shares ends with that one; volumes stay.
 */
function withImplied(
  written: readonly Dependency[],
  { restarted, started, shared }: ImpliedDependencies,
): Dependency[] {
  const known = new Set(written.map(({ service }) => service));
  const restarts = new Set(restarted);
  const added = [...new Set([...restarted, ...started])].filter(service => !known.has(service));
  return [
    ...written.map(it => (shared.includes(it.service) ? { ...it, restart: true } : it)),
    ...added.map((service): Dependency => ({
      service,
      condition: 'service_started',
      restart: restarts.has(service),
      isRequired: true,
    })),
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
