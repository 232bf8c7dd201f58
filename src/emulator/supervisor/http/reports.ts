/** Answers of `GET`, in the shapes that were recorded. */
import { toContainer } from '../container/container-body.ts';
import { findImage, listSupervised } from '../engine/engine-objects.ts';
import { objectOf, type Json } from '../json.ts';
import type { StandIn } from '../stand-in.ts';

const titled = (state: string): string => (state === 'running' ? 'Running' : state);

/** `GET /v2/local/target-state`: apps as it keeps them, which is no form to send back. */
export async function targetState({ options }: StandIn): Promise<Json> {
  const { stored, engine, device } = options;
  const apps: Record<string, Json> = {};
  for (const app of stored.apps) {
    const services: Json[] = [];
    for (const service of app.services) {
      const image = (await findImage(engine, service.image)) ?? { id: service.image, labels: {} };
      services.push({
        appId: app.appId,
        imageId: service.imageId,
        config: {
          image: image.id,
          running: service.running,
          ...configOf(() => toContainer(app, service, image, device).body),
        },
        serviceName: service.serviceName,
        commit: app.commit,
        releaseId: app.releaseId,
        serviceId: service.serviceId,
        imageName: service.image,
        dependsOn: null,
        dockerImageId: image.id,
      });
    }
    const { appId } = app;
    const uuid = device.hasAppUuid ? { appUuid: appId.toString() } : {};
    apps[appId.toString()] = {
      isTargetState: true,
      appId,
      ...uuid,
      appName: app.name,
      commit: app.commit,
      source: 'local',
      isHost: false,
      isRejected: false,
      services,
      volumes: app.volumes,
      networks: app.networks,
    };
  }
  return { status: 'success', state: { local: { name: stored.name, config: stored.config, apps } } };
}

/** Errors of reading count as an absent value. */
function configOf(read: () => Json): Json {
  try {
    const { Env: env, Labels: labels, HostConfig: host } = read();
    const pairs = (env as readonly string[]).map(it => [
      it.slice(0, it.indexOf('=')),
      it.slice(it.indexOf('=') + 1),
    ]);
    return {
      labels,
      environment: Object.fromEntries(pairs) as Json,
      networkMode: objectOf(host)['NetworkMode'],
    };
  } catch {
    return {};
  }
}

/** `GET /v2/state/status`: of the first app alone. */
export async function stateStatus({ options, applier }: StandIn): Promise<Json> {
  const { stored, engine } = options;
  const [app] = stored.apps;
  const containers = (await listSupervised(engine)).filter(it => it.appId === app?.appId);
  const images: Json[] = [];
  for (const { image, serviceName, imageId } of app?.services ?? []) {
    const found = await findImage(engine, image);
    if (found !== undefined)
      images.push({
        name: image,
        appId: app?.appId,
        serviceName,
        imageId,
        dockerImageId: found.id,
        status: 'Downloaded',
        downloadProgress: null,
      });
  }
  const idsOf = (service: string): Json => {
    const found = app?.services.find(({ serviceName }) => serviceName === service);
    return { imageId: found?.imageId, serviceId: found?.serviceId };
  };
  return {
    status: 'success',
    appState: applier.isApplying ? 'applying' : 'applied',
    overallDownloadProgress: null,
    containers: containers.map(it => ({
      status: titled(it.state),
      serviceName: it.service,
      appId: it.appId,
      ...idsOf(it.service),
      containerId: it.id,
      createdAt: new Date(it.createdS * 1000).toISOString(),
    })),
    images,
    ...(app === undefined ? {} : { release: app.commit }),
  };
}

/** `GET /v2/applications/state`: of all apps. */
export async function applicationsState({ options }: StandIn): Promise<Json> {
  const { stored, engine, habits } = options;
  const containers = await listSupervised(engine);
  const apps = stored.apps.map(app => {
    const services = app.services.map(({ serviceName, image }) => {
      const found = containers.find(it => it.appId === app.appId && it.service === serviceName);
      const named = habits.tellsMore ? { image } : {};
      const state = { status: titled(found?.state ?? 'Installing'), ...named };
      return [serviceName, { ...state, downloadProgress: null, releaseId: app.releaseId }] as const;
    });
    const more = habits.tellsMore ? { appUuid: app.appId.toString() } : {};
    const { appId, commit } = app;
    const status = habits.tellsMore ? { updateStatus: 'done' } : {};
    return [app.name, { appId, ...more, commit, ...status, services: Object.fromEntries(services) }] as const;
  });
  return Object.fromEntries(apps);
}

/** `GET /v2/applications/ID/state`; undefined where there is no such app. */
export async function applicationState({ options }: StandIn, appId: number): Promise<Json | undefined> {
  const { stored, engine } = options;
  const app = stored.apps.find(it => it.appId === appId);
  if (app === undefined) return undefined;
  const containers = await listSupervised(engine);
  const services = app.services.map(({ imageId, serviceName }) => {
    const found = containers.find(it => it.appId === appId && it.service === serviceName);
    const status = titled(found?.state ?? 'Installing');
    return [imageId.toString(), { status, releaseId: app.releaseId, download_progress: null }] as const;
  });
  return {
    commit: app.commit,
    local: { [appId.toString()]: { services: Object.fromEntries(services) } },
  };
}

/** `GET /v1/device`. */
export function deviceState(
  { options, applier }: StandIn,
  network: { readonly address: string; readonly mac: string },
): Json {
  const { stored, device, habits } = options;
  const [app] = stored.apps;
  const current = app === undefined ? {} : { status: 'Idle', download_progress: null };
  return {
    api_port: 48484,
    ip_address: network.address,
    os_version: device.osVersion,
    ...(habits.checksBodies ? {} : { mac_address: network.mac }),
    supervisor_version: habits.version,
    update_pending: applier.isApplying,
    update_failed: applier.hasFailed,
    update_downloaded: false,
    ...(app === undefined || applier.isApplying ? {} : { commit: app.commit }),
    ...current,
  };
}
