import type Docker from 'dockerode';
import type { Readable } from 'node:stream';
import { OsError } from '../../core/errors.ts';
import type { BuildOptions, EngineMessage } from '../engine.ts';
import { connectionLost, engineFailure } from '../engine-errors.ts';
import { readProgress } from './progress-messages.ts';
import { streamFrom, type StreamSource } from './streams.ts';

/** The query of `POST /build`. `version` is absent: the classic builder, the only one that every device has. */
function queryOf(options: BuildOptions): object {
  const {
    buildArgs = {},
    labels = {},
    extraHosts = [],
    cacheFrom = [],
    volumes = [],
    ulimits = [],
  } = options;
  return {
    ...(options.tags.length === 0 ? {} : { t: options.tags }),
    dockerfile: options.dockerfile,
    rm: true,
    // A step that fails leaves no container behind.
    forcerm: true,
    buildargs: JSON.stringify(buildArgs),
    labels: JSON.stringify(labels),
    ...(options.isCacheUsed ? {} : { nocache: true }),
    ...(options.target === undefined ? {} : { target: options.target }),
    ...(options.networkMode === undefined ? {} : { networkmode: options.networkMode }),
    ...(extraHosts.length === 0 ? {} : { extrahosts: extraHosts }),
    ...(options.shmSizeBytes === undefined ? {} : { shmsize: options.shmSizeBytes }),
    ...(ulimits.length === 0 ? {} : { ulimits: JSON.stringify(ulimits) }),
    ...(cacheFrom.length === 0 ? {} : { cachefrom: JSON.stringify(cacheFrom) }),
    ...(volumes.length === 0 ? {} : { volumes: JSON.stringify(volumes) }),
    ...(options.platform === undefined ? {} : { platform: options.platform }),
  };
}

/**
 * A layer of a build may be removed under it: by another build that had the same one from the cache (moby #36515), or by a
 * supervisor, which removes unnamed images. The engine says so in words alone.
 */
const lostLayer =
  /layer does not exist|unknown parent image ID|failed to get layer|no such image: (?:sha256:)?[0-9a-f]{12}/i;

/** A complaint of the engine in answer to a build is the build's failure, unless the engine has lost something. */
function asBuildFailure(error: unknown): unknown {
  if (error instanceof OsError && lostLayer.test(error.message))
    return new OsError('engine-conflict', error.message, { cause: error });
  const isTheBuilds =
    error instanceof OsError && (error.code === 'engine-refused' || error.code === 'engine-missing');
  return isTheBuilds ? new OsError('build-failed', error.message, { cause: error }) : error;
}

/** Builds an image from the tar `context`. Ends only when the image is there; else throws. */
export async function* buildImage(
  source: StreamSource,
  context: Readable,
  options: BuildOptions,
): AsyncGenerator<EngineMessage> {
  const { signal, logins = {} } = options;
  const open = (): Promise<unknown> =>
    source.docker.buildImage(context, {
      ...queryOf(options),
      registryconfig: { ...logins },
      abortSignal: signal,
    } as unknown as Docker.ImageBuildOptions);
  let image: string | undefined;
  try {
    const messages = streamFrom(
      source,
      open,
      stream => readProgress(stream, text => engineFailure(source.where, text, 'build-failed')),
      signal,
    );
    for await (const message of messages) {
      const id =
        message.type === 'image'
          ? message.id
          : message.type === 'output'
            ? /^Successfully built (\w+)/.exec(message.text)?.[1]
            : undefined;
      if (id !== undefined) image = id;
      yield message;
    }
  } catch (error) {
    throw asBuildFailure(error);
  }
  // An engine that is stopped ends its answer as if all were well.
  if (image === undefined) throw connectionLost(source.where);
}
