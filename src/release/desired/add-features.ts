import type { ContainerBody, EngineMount } from '../../engine/container-body.ts';
import { featureEffects, type Feature } from '../../project/features.ts';
import { toEngineMounts } from './container-mounts.ts';

export interface FeatureContext {
  /** Host path of the device's engine socket. */
  readonly engineSocket: string;
  /** The volume that is mounted at /extra-firmware. */
  readonly extraFirmware: string;
}

export interface WithFeatures {
  readonly body: ContainerBody;
  /** Sources of mounts that are omitted if the device lacks them. */
  readonly optionalSources: readonly string[];
}

/** Returns `body` with the additions of `features`. Keeps variables and mounts that it has already. */
export function addFeatures(
  body: ContainerBody,
  features: readonly Feature[],
  { engineSocket, extraFirmware }: FeatureContext,
): WithFeatures {
  const effects = featureEffects(features, { engineSocket });
  const { Binds = [], Mounts = [] } = body.HostConfig;
  const taken = new Set(targetsOf(body));
  const { Mounts: added, optional } = toEngineMounts(
    effects.mounts.filter(({ target }) => !taken.has(target)),
    [],
  );
  const firmware = effects.needsExtraFirmware && !taken.has('/extra-firmware');
  const environment = (body['Env'] ?? []) as readonly string[];
  const isSet = (name: string): boolean => environment.some(it => it.startsWith(`${name}=`));
  const variables = Object.entries(effects.environment).flatMap(([name, value]) =>
    isSet(name) ? [] : [`${name}=${value}`],
  );
  const requests = (body.HostConfig['DeviceRequests'] ?? []) as readonly object[];
  const gpu = { Driver: '', Count: 1, Capabilities: [['gpu']] };
  return {
    body: {
      ...body,
      Env: [...variables, ...environment],
      HostConfig: {
        ...body.HostConfig,
        Binds: firmware ? [...Binds, `${extraFirmware}:/extra-firmware:rw`] : Binds,
        Mounts: [...Mounts, ...added],
        DeviceRequests: effects.needsGpu && requests.length === 0 ? [gpu] : requests,
      },
    },
    optionalSources: optional,
  };
}

/** The paths at which something is mounted. */
function targetsOf({ HostConfig, Volumes }: ContainerBody): string[] {
  const { Binds = [], Mounts = [], Tmpfs = {} } = HostConfig;
  return [
    ...Binds.map(bind => bind.split(':')[1] ?? ''),
    ...Mounts.map(({ Target }: EngineMount) => Target),
    ...Object.keys(Tmpfs),
    ...Object.keys(Volumes ?? {}),
  ];
}
