import type { ContainerBody } from '../../engine/container-body.ts';
import type { Project } from '../../project/project.ts';
import type { Healthcheck, Service } from '../../project/service.ts';
import { addFeatures, type FeatureContext } from './add-features.ts';
import { toEngineMounts } from './container-mounts.ts';
import { toEngineNetworking, type EngineNetworking } from './container-networking.ts';
import { stopTimeoutOf, toHostConfig } from './host-config.ts';
import { composeLabels, composeVersion, localLabels, ourLabels } from './labels.ts';
import { originLabels, toOrigin } from './origin.ts';

const nanoseconds = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : ms * 1_000_000;

const toHealthcheck = (check: Healthcheck): object => ({
  Test: check.test,
  Interval: nanoseconds(check.intervalMs),
  Timeout: nanoseconds(check.timeoutMs),
  StartPeriod: nanoseconds(check.startPeriodMs),
  Retries: check.retries,
});

/** Without the labels that depend on the outcome: config hash and image. */
export function labelsOf(project: Project, service: Service): Record<string, string> {
  const dependsOn = service.dependsOn.map(it => `${it.service}:${it.condition}:${it.restart.toString()}`);
  return {
    ...service.labels,
    ...localLabels(service.name),
    [ourLabels.made]: '1',
    [composeLabels.project]: project.name,
    [composeLabels.service]: service.name,
    [composeLabels.number]: '1',
    [composeLabels.oneoff]: 'False',
    [composeLabels.version]: composeVersion,
    ...originLabels(toOrigin(project)),
    [composeLabels.configFiles]: project.files.map(({ file }) => file).join(','),
    [composeLabels.dependsOn]: dependsOn.join(','),
  };
}

export interface BodyAndNetworking {
  readonly body: ContainerBody;
  readonly networking: EngineNetworking;
  /** Sources of mounts that are omitted if the device lacks them. */
  readonly optionalSources: readonly string[];
}

/** Returns the body of the engine's create request for `service`; `Image` is its reference. */
export function toContainerBody(
  project: Project,
  service: Service,
  image: string,
  device: FeatureContext,
): BodyAndNetworking {
  const { anonymous, optional, ...mounts } = toEngineMounts(service.mounts, project.volumes);
  const networking = toEngineNetworking(project, service);
  const [first] = networking.networks;
  const exposed = [...service.expose, ...service.ports.map(it => `${it.target.toString()}/${it.protocol}`)];
  const body: ContainerBody = {
    Image: image,
    Labels: labelsOf(project, service),
    // The engine unsets a name without a value.
    Env: [
      ...Object.entries(service.environment).map(([name, value]) => `${name}=${value}`),
      ...service.unsetVariables,
    ],
    Cmd: service.command,
    Entrypoint: service.entrypoint,
    User: service.user,
    WorkingDir: service.workingDirectory,
    Hostname: service.hostname,
    Domainname: service.domainName,
    MacAddress: service.macAddress,
    Tty: service.hasTty,
    OpenStdin: service.isStdinOpen,
    StopSignal: service.stopSignal,
    StopTimeout: stopTimeoutOf(service),
    Healthcheck: service.healthcheck === undefined ? undefined : toHealthcheck(service.healthcheck),
    ExposedPorts: Object.fromEntries(exposed.map(port => [port.includes('/') ? port : `${port}/tcp`, {}])),
    Volumes: Object.fromEntries(anonymous.map(target => [target, {}])),
    HostConfig: {
      ...toHostConfig(project, service),
      ...mounts,
      NetworkMode: networking.networkMode,
    },
    ...(first === undefined
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [first.network]: first.endpoint } } }),
  };
  const whole = addFeatures(body, service.features, device);
  return { body: whole.body, networking, optionalSources: [...optional, ...whole.optionalSources] };
}
