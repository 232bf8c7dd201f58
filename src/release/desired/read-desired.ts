import type { Network, Project } from '../../project/project.ts';
import { volumeOwnersOf, type Service } from '../../project/service.ts';
import { readBuildRecipe, type RecipeOptions } from './read-build-recipe.ts';
import type { FeatureContext } from './add-features.ts';
import { toContainerBody } from './container-body.ts';
import { containerNameOf, imageNameOf } from './container-name.ts';
import type { DesiredImage, DesiredRelease, DesiredService, PullRule } from './desired.ts';
import { toDesiredNetwork, toDesiredVolume } from './desired-objects.ts';
import { digestOf } from './digest.ts';
import { toOrigin } from './origin.ts';
import { readServiceFiles } from './service-files.ts';

export interface DesiredOptions extends RecipeOptions {
  /** Host path of the device's engine socket. */
  readonly engineSocket: string;
}

const pullRule = (policy: string | undefined, isPulled: boolean): PullRule =>
  policy === 'never' ? 'never' : isPulled || policy === 'always' ? 'always' : 'missing';

async function readImage(project: Project, service: Service, options: DesiredOptions): Promise<DesiredImage> {
  const reference = imageNameOf(project, service);
  if (service.build === undefined) {
    const pull = pullRule(service.pullPolicy, options.isPulled);
    return { from: 'registry', reference, pull, platform: service.platform };
  }
  return {
    from: 'build',
    reference,
    recipe: await readBuildRecipe(service.build, options),
  };
}

type Configuration = ReturnType<typeof toContainerBody> & Pick<DesiredService, 'configHash' | 'files'>;

/** Reads what a container of `service` is made of beside its image, whose build context is not read. */
export async function readConfiguration(
  project: Project,
  service: Service,
  reference: string,
  context: FeatureContext,
): Promise<Configuration> {
  const files = await readServiceFiles(project, service);
  const made = toContainerBody(project, service, reference, context);
  const { networks } = made.networking;
  // Labels have the project's path and the dependents, but a change of these is no reason to recreate a container.
  const { Labels: _, Image: __, ...configuration } = made.body;
  return {
    ...made,
    files,
    configHash: digestOf({ configuration, labels: service.labels, networks, files }),
  };
}

async function readService(
  project: Project,
  service: Service,
  context: FeatureContext,
  options: DesiredOptions,
): Promise<DesiredService> {
  const image = await readImage(project, service, options);
  const configuration = await readConfiguration(project, service, image.reference, context);
  const { body, configHash, files, networking, optionalSources } = configuration;
  const { pid, ipc } = service.security;
  const sharing = [pid, ipc].flatMap(mode => /^service:(.+)$/.exec(mode ?? '')?.[1] ?? []);
  return {
    service: service.name,
    containerName: containerNameOf(project, service),
    image,
    body,
    configHash,
    optionalSources,
    furtherNetworks: networking.networks.slice(1),
    dependsOn: service.dependsOn,
    livesWith: [...new Set([...networking.livesWith, ...sharing])],
    takesVolumesOf: volumeOwnersOf(service.volumesFrom),
    files,
  };
}

const toExternal = (name: string): Network => ({
  key: name,
  name,
  isExternal: true,
  driver: undefined,
  driverOptions: {},
  isInternal: false,
  isAttachable: false,
  hasIpv6: false,
  labels: {},
  ipam: undefined,
});

/**
 * Returns the desired state of the device for `services` of `project`. Reads build contexts; sends the device no
 * request.
 */
export async function readDesired(
  project: Project,
  services: readonly Service[],
  options: DesiredOptions,
): Promise<DesiredRelease> {
  const extraFirmware = toDesiredVolume(project, {
    key: 'extra-firmware',
    name: `${project.name}_extra-firmware`,
    isExternal: false,
    driver: undefined,
    driverOptions: {},
    labels: {},
  });
  const context = { engineSocket: options.engineSocket, extraFirmware: extraFirmware.name };
  const desired = await Promise.all(services.map(service => readService(project, service, context, options)));
  const used = new Set(
    services.flatMap(({ networking }) =>
      networking.mode === 'networks' ? networking.networks.map(({ network }) => network) : [],
    ),
  );
  const existing = services
    .flatMap(({ networking }) => (networking.mode === 'existing' ? [networking.network] : []))
    .filter((name, i, names) => names.indexOf(name) === i);
  const mounted = new Set(
    services.flatMap(({ mounts }) =>
      mounts.map(mount => (mount.type === 'volume' ? mount.volume : undefined)),
    ),
  );
  return {
    project: project.name,
    origin: toOrigin(project),
    services: desired,
    networks: [
      ...project.networks.filter(({ key, name }) => used.has(key) || existing.includes(name)),
      ...existing.filter(it => !project.networks.some(({ name }) => name === it)).map(toExternal),
    ].map(network => toDesiredNetwork(project, network)),
    volumes: project.volumes
      .filter(({ key }) => mounted.has(key))
      .map(volume => toDesiredVolume(project, volume)),
    extraFirmware,
    featureContext: context,
  };
}
