import type Docker from 'dockerode';
import type { Readable } from 'node:stream';
import { unlessAborted } from '../core/unless-aborted.ts';
import { chooseApiVersion } from './connect/api-version.ts';
import { attachExec } from './attached-exec.ts';
import { buildImage } from './streams/build-image.ts';
import type { ContainerBody } from './container-body.ts';
import { watchContainerStats } from './container-stats.ts';
import { openDockerode } from './connect/dockerode.ts';
import { openExec } from './streams/exec-stream.ts';
import type { Engine, LabelFilter } from './engine.ts';
import { silentEngine, translateEngineError } from './engine-errors.ts';
import { openGrace } from './last-requests.ts';
import { unlessMissing } from './missing.ts';
import { numberOf, textOf } from './read/json-messages.ts';
import { packFiles } from './pack-files.ts';
import { createWithOptionalMounts } from './optional-mounts.ts';
import { loadImage } from './streams/load-image.ts';
import { pullImage } from './streams/pull-image.ts';
import { readImageConfig } from './read/read-image-config.ts';
import {
  toContainerDetails,
  toContainerSummary,
  toHistoryEntry,
  toImageDetails,
  toImageSummary,
  toNetwork,
  toVolume,
} from './read/read-objects.ts';
import type { OpenSocket } from './connect/open-socket.ts';
import { SocketAgent } from './connect/socket-agent.ts';
import { statPath } from './read/stat-path.ts';
import { readEngineLogs, watchEngineEvents } from './streams/streams.ts';
import { withOwnErrors } from './streams/with-own-errors.ts';

export interface EngineOptions {
  /** For messages. */
  readonly where: string;
  readonly openSocket: OpenSocket;
  /** False: a connection carries one request (channels of an SSH connection cost next to nothing). */
  readonly keepAlive: boolean;
  /** The newest API version that the engine has. */
  readonly engineApi: string;
  /** Closes the source of the sockets. */
  readonly close?: () => Promise<void>;
  /** Aborts when the command is to end: requests without a signal of their own then get five seconds to be answered. */
  readonly ending?: AbortSignal;
}

/** In the engine's spelling: `{"label": ["name=value", "other"]}`. */
export const filterOf = (labels: LabelFilter): { readonly label: string[] } => ({
  label: Object.entries(labels).map(([name, value]) => (value === undefined ? name : `${name}=${value}`)),
});

/** Signals as dockerode takes them: absent rather than undefined. */
const abortOption = (signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } =>
  signal === undefined ? {} : { abortSignal: signal };

/** False for text that no image can have as its name or id: the engine would read it as another path of its API. */
const canNameImage = (reference: string): boolean =>
  /^\w[\w.:@/-]*$/.test(reference) && reference.split('/').every(part => /\w/.test(part));

/** Opens an engine that is reached by `openSocket`. Sends nothing before the first call. The caller disposes it. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { where, openSocket, keepAlive, engineApi, close } = options;
  const agent = new SocketAgent(openSocket, { keepAlive, silent: () => silentEngine(where) });
  const docker = await openDockerode(agent, chooseApiVersion(engineApi));
  const lastSignal = openGrace(options.ending);
  const ask = async <T>(answer: Promise<T>, signal = lastSignal): Promise<T> => {
    try {
      // Not every call of dockerode takes a signal, and an engine may never answer.
      return await unlessAborted(answer, signal);
    } catch (error) {
      throw translateEngineError(where, error, signal);
    }
  };
  const stream = { docker, where, brokenBy: () => agent.brokenBy() };
  return {
    where,
    readInfo: async signal => {
      const info: unknown = await ask(docker.info() as Promise<unknown>, signal);
      return {
        id: textOf(info, 'ID') ?? '',
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
      const list = docker.listContainers({ all: true, filters: filterOf(labels), ...abortOption(signal) });
      return (await ask(list, signal)).map(toContainerSummary);
    },
    getContainer: async (id, signal) =>
      toContainerDetails(await ask(docker.getContainer(id).inspect(abortOption(signal)), signal)),
    createContainer: (name, body, { optionalSources = [], signal } = {}) => {
      const create = async (fullBody: ContainerBody): Promise<string> => {
        const request = { _query: { name }, _body: fullBody, ...abortOption(signal) };
        return (await ask(docker.createContainer(request as Docker.ContainerCreateOptions), signal)).id;
      };
      return createWithOptionalMounts(create, body, optionalSources);
    },
    startContainer: async (id, signal) => {
      await ask(docker.getContainer(id).start(abortOption(signal)), signal).catch(unlessUnmodified);
    },
    stopContainer: async (id, { graceS, signal } = {}) => {
      const request = { ...(graceS === undefined ? {} : { t: graceS }), ...abortOption(signal) };
      await ask(docker.getContainer(id).stop(request), signal).catch(unlessUnmodified).catch(unlessMissing);
    },
    restartContainer: async (id, { graceS, signal } = {}) => {
      const request = { ...(graceS === undefined ? {} : { t: graceS }), ...abortOption(signal) };
      await ask(docker.getContainer(id).restart(request), signal);
    },
    unpauseContainer: async (id, signal) => {
      await ask(docker.getContainer(id).unpause(abortOption(signal)), signal);
    },
    renameContainer: async (id, name, signal) => {
      await ask(docker.getContainer(id).rename({ name, ...abortOption(signal) }), signal);
    },
    removeContainer: async (id, { volumes = false, signal } = {}) => {
      const request = { force: true, v: volumes, ...abortOption(signal) };
      await ask(docker.getContainer(id).remove(request), signal).catch(unlessMissing);
    },
    putFiles: async (id, files) => {
      for (const { directory, tar } of packFiles(files)) {
        const request = { path: directory, noOverwriteDirNonDir: '1' as const };
        await ask(docker.getContainer(id).putArchive(tar, request));
      }
    },
    putArchive: async (id, tar, signal) => {
      const request = { path: '/', noOverwriteDirNonDir: '1' as const, ...abortOption(signal) };
      await ask(docker.getContainer(id).putArchive(tar, request), signal);
    },
    putTar: async (id, directory, tar, signal) => {
      // An archive that breaks ends the request, and its own reason says more.
      const breaking = new AbortController();
      tar.once('error', error => breaking.abort(error));
      const either = AbortSignal.any([signal, breaking.signal]);
      const asked = { path: directory, noOverwriteDirNonDir: '1' as const, ...abortOption(either) };
      await ask(docker.getContainer(id).putArchive(tar as NodeJS.ReadableStream, asked), either);
    },
    getArchive: async (id, path, signal) => {
      const answer = docker.getContainer(id).getArchive({ path, ...abortOption(signal) }) as Promise<unknown>;
      const archive = (await ask(answer, signal)) as Readable;
      return withOwnErrors(archive, error => translateEngineError(where, error, signal));
    },
    statPath: (id, path, signal) => statPath(docker.getContainer(id), path, answer => ask(answer, signal)),
    openExec: (id, asked) => openExec(stream, id, asked),
    attachExec: (id, asked) => attachExec(stream, id, asked),
    readLogs: (id, asked) => readEngineLogs(stream, id, asked),
    watchStats: (id, signal) => watchContainerStats(stream, id, signal),

    findImage: async (reference, signal) => {
      if (!canNameImage(reference)) return undefined;
      const image = ask(docker.getImage(reference).inspect(), signal);
      return image.then(toImageDetails, unlessMissing);
    },
    readImageConfig: (id, signal) => readImageConfig(docker.getImage(id), answer => ask(answer, signal)),
    loadImage: (archive, signal) => loadImage(stream, archive, signal),
    readHistory: async (id, signal) => {
      const history = (await ask(docker.getImage(id).history(), signal)) as unknown[];
      return history.map(toHistoryEntry);
    },
    listImages: async (labels, signal) => {
      const list = docker.listImages({ filters: filterOf(labels), ...abortOption(signal) });
      return (await ask(list, signal)).map(toImageSummary);
    },
    tagImage: async (id, { repository: repo, tag }, signal) => {
      const tagged = docker.getImage(id).tag({ repo, tag, ...abortOption(signal) }) as Promise<unknown>;
      await ask(tagged, signal);
    },
    removeImage: async (id, signal) => {
      if (!canNameImage(id)) return;
      await ask(docker.getImage(id).remove(abortOption(signal)), signal).catch(unlessMissing);
    },
    buildImage: (context, request) => buildImage(stream, context, request),
    pullImage: (reference, request) => pullImage(stream, reference, request),

    listNetworks: async (labels, signal) => {
      const list = docker.listNetworks({ filters: filterOf(labels), ...abortOption(signal) });
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
      const list = ask(docker.listVolumes({ filters: filterOf(labels), ...abortOption(signal) }), signal);
      const { Volumes } = (await list) as { readonly Volumes: Docker.VolumeInspectInfo[] | null };
      return (Volumes ?? []).map(toVolume);
    },
    findVolume: async (name, signal) =>
      ask(docker.getVolume(name).inspect(abortOption(signal)), signal).then(toVolume, unlessMissing),
    createVolume: async ({ DriverOpts = {}, Labels, ...body }) => {
      const request = { ...body, DriverOpts: { ...DriverOpts }, Labels: { ...Labels } };
      const { name } = await ask(docker.createVolume(request));
      // dockerode does not return the engine's answer.
      return toVolume(await ask(docker.getVolume(name).inspect()));
    },
    removeVolume: async name => {
      await ask(docker.getVolume(name).remove() as Promise<void>).catch(unlessMissing);
    },

    watchEvents: request =>
      watchEngineEvents(stream, { ...request, filters: filterOf(request.labels ?? {}) }),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await close?.();
    },
  };
}

/** 304 means that the state is already the requested one. dockerode reports that as an error on some calls. */
function unlessUnmodified(error: unknown): void {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'statusCode' in cause && cause.statusCode === 304) return;
  throw error;
}
