import type Docker from 'dockerode';
import type { Readable } from 'node:stream';
import { chooseApiVersion } from './api-version.ts';
import { buildImage } from './build-image.ts';
import type { ContainerBody } from './container-body.ts';
import { openDockerode } from './dockerode.ts';
import { openExec } from './exec-stream.ts';
import type { Engine, LabelFilter } from './engine.ts';
import { translateEngineError } from './engine-errors.ts';
import { isDirectoryAt } from './is-directory.ts';
import { unlessMissing } from './missing.ts';
import { numberOf, textOf } from './json-messages.ts';
import { packFiles } from './pack-files.ts';
import { createWithOptionalMounts } from './optional-mounts.ts';
import { pullImage } from './pull-image.ts';
import {
  toContainerDetails,
  toContainerSummary,
  toImageDetails,
  toImageSummary,
  toNetwork,
  toVolume,
} from './read-objects.ts';
import { SocketAgent, type OpenSocket } from './socket-agent.ts';
import { readEngineLogs, watchEngineEvents } from './streams.ts';

export interface EngineOptions {
  /** For messages. */
  where: string;
  openSocket: OpenSocket;
  /** False: a connection carries one request (channels of an SSH connection cost next to nothing). */
  keepAlive: boolean;
  /** The newest API version that the engine has. */
  engineApi: string;
  /** Closes what the sockets come from. */
  close?: () => Promise<void>;
}

/** As the engine takes it: `{"label": ["name=value", "other"]}`. */
export const filterOf = (labels: LabelFilter): { label: string[] } => ({
  label: Object.entries(labels).map(([name, value]) => (value === undefined ? name : `${name}=${value}`)),
});

/** Signals as dockerode takes them: absent rather than undefined. */
const within = (signal: AbortSignal | undefined): { abortSignal?: AbortSignal } =>
  signal === undefined ? {} : { abortSignal: signal };

/** An engine that is reached by `openSocket`. Nothing is sent before the first call. The caller disposes it. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { where, openSocket, keepAlive, engineApi, close } = options;
  const agent = new SocketAgent(openSocket, { keepAlive });
  const docker = await openDockerode(agent, chooseApiVersion(engineApi));
  const ask = async <T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw translateEngineError(where, error, signal);
    }
  };
  const stream = { docker, where };
  return {
    where,
    readInfo: async signal => {
      const info: unknown = await ask(docker.info() as Promise<unknown>, signal);
      return {
        architecture: textOf(info, 'Architecture') ?? '',
        cpus: numberOf(info, 'NCPU') ?? 1,
        loggingDriver: textOf(info, 'LoggingDriver') ?? '',
        systemTime: textOf(info, 'SystemTime') ?? new Date().toISOString(),
        rootDirectory: textOf(info, 'DockerRootDir') ?? '/var/lib/docker',
      };
    },

    canMountInBuilds: async signal => {
      const version: unknown = await ask(docker.version() as Promise<unknown>, signal);
      // Its first releases spelt their name otherwise.
      return /^bala?ena/.test(textOf(version, 'Engine') ?? '');
    },

    readLayersBytes: async signal =>
      numberOf(await ask(docker.df() as Promise<unknown>, signal), 'LayersSize') ?? 0,

    listContainers: async (labels, signal) => {
      const list = docker.listContainers({ all: true, filters: filterOf(labels), ...within(signal) });
      return (await ask(list, signal)).map(toContainerSummary);
    },
    getContainer: async (id, signal) =>
      toContainerDetails(await ask(docker.getContainer(id).inspect(within(signal)), signal)),
    createContainer: (name, body, { optionalSources = [], signal } = {}) => {
      const create = async (whole: ContainerBody): Promise<string> => {
        const asked = { _query: { name }, _body: whole, ...within(signal) };
        return (await ask(docker.createContainer(asked as Docker.ContainerCreateOptions), signal)).id;
      };
      return createWithOptionalMounts(create, body, optionalSources);
    },
    startContainer: async (id, signal) => {
      await ask(docker.getContainer(id).start(within(signal)), signal).catch(unlessUnmodified);
    },
    stopContainer: async (id, { graceS, signal } = {}) => {
      const asked = { ...(graceS === undefined ? {} : { t: graceS }), ...within(signal) };
      await ask(docker.getContainer(id).stop(asked), signal).catch(unlessUnmodified).catch(unlessMissing);
    },
    restartContainer: async (id, { graceS, signal } = {}) => {
      const asked = { ...(graceS === undefined ? {} : { t: graceS }), ...within(signal) };
      await ask(docker.getContainer(id).restart(asked), signal);
    },
    unpauseContainer: async (id, signal) => {
      await ask(docker.getContainer(id).unpause(within(signal)), signal);
    },
    renameContainer: async (id, name, signal) => {
      await ask(docker.getContainer(id).rename({ name, ...within(signal) }), signal);
    },
    removeContainer: async (id, { volumes = false, signal } = {}) => {
      const asked = { force: true, v: volumes, ...within(signal) };
      await ask(docker.getContainer(id).remove(asked), signal).catch(unlessMissing);
    },
    putFiles: async (id, files) => {
      const asked = { path: '/', noOverwriteDirNonDir: '1' as const };
      await ask(docker.getContainer(id).putArchive(packFiles(files), asked));
    },
    putArchive: async (id, tar, signal) => {
      const asked = { path: '/', noOverwriteDirNonDir: '1' as const, ...within(signal) };
      await ask(docker.getContainer(id).putArchive(tar, asked), signal);
    },
    getArchive: async (id, path, signal) => {
      const answer = docker.getContainer(id).getArchive({ path, ...within(signal) }) as Promise<unknown>;
      return (await ask(answer, signal)) as Readable;
    },
    isDirectory: (id, path, signal) =>
      isDirectoryAt(docker.getContainer(id), path, answer => ask(answer, signal)),
    openExec: (id, asked) => openExec(stream, id, asked),
    readLogs: (id, asked) => readEngineLogs(stream, id, asked),

    findImage: async (reference, signal) => {
      const image = ask(docker.getImage(reference).inspect(), signal);
      return image.then(toImageDetails, unlessMissing);
    },
    listImages: async (labels, signal) => {
      const list = docker.listImages({ filters: filterOf(labels), ...within(signal) });
      return (await ask(list, signal)).map(toImageSummary);
    },
    tagImage: async (id, { repository: repo, tag }, signal) => {
      const asked = docker.getImage(id).tag({ repo, tag, ...within(signal) }) as Promise<unknown>;
      await ask(asked, signal);
    },
    removeImage: async (id, signal) => {
      await ask(docker.getImage(id).remove(within(signal)), signal).catch(unlessMissing);
    },
    buildImage: (context, asked) => buildImage(stream, context, asked),
    pullImage: (reference, asked) => pullImage(stream, reference, asked),

    listNetworks: async (labels, signal) => {
      const list = docker.listNetworks({ filters: filterOf(labels), ...within(signal) });
      return (await ask(list, signal)).map(toNetwork);
    },
    findNetwork: async (name, signal) => {
      const network = docker.getNetwork(name).inspect();
      return ask(network, signal).then(toNetwork, unlessMissing);
    },
    createNetwork: async body => {
      await ask(docker.createNetwork(body));
    },
    connectNetwork: async (network, container, endpoint) => {
      await ask(docker.getNetwork(network).connect({ Container: container, EndpointConfig: endpoint }));
    },
    disconnectNetwork: async (network, container) => {
      await ask(docker.getNetwork(network).disconnect({ Container: container, Force: true })).catch(
        unlessMissing,
      );
    },
    removeNetwork: async id => {
      await ask(docker.getNetwork(id).remove() as Promise<void>).catch(unlessMissing);
    },

    listVolumes: async (labels, signal) => {
      const list = ask(docker.listVolumes({ filters: filterOf(labels), ...within(signal) }), signal);
      const { Volumes } = (await list) as { Volumes: Docker.VolumeInspectInfo[] | null };
      return (Volumes ?? []).map(toVolume);
    },
    findVolume: async (name, signal) =>
      ask(docker.getVolume(name).inspect(within(signal)), signal).then(toVolume, unlessMissing),
    createVolume: async ({ DriverOpts = {}, Labels, ...body }) => {
      const asked = { ...body, DriverOpts: { ...DriverOpts }, Labels: { ...Labels } };
      const { name } = await ask(docker.createVolume(asked));
      // dockerode keeps the engine's answer to itself.
      return toVolume(await ask(docker.getVolume(name).inspect()));
    },
    removeVolume: async name => {
      await ask(docker.getVolume(name).remove() as Promise<void>).catch(unlessMissing);
    },

    watchEvents: asked => watchEngineEvents(stream, { ...asked, filters: filterOf(asked.labels ?? {}) }),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await close?.();
    },
  };
}

/** 304: it is already as asked. dockerode takes that for an error on some calls. */
function unlessUnmodified(error: unknown): void {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'statusCode' in cause && cause.statusCode === 304) return;
  throw error;
}
