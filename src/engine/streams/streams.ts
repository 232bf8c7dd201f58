import type Docker from 'dockerode';
import { fieldAt, numberAt, recordOf } from '../../net/json-fields.ts';
import type { EngineEvent, LogChunk, LogOptions } from '../engine.ts';
import { translateEngineError } from '../engine-errors.ts';
import { readJsonLines, textOf } from '../read/json-messages.ts';
import { readLogFrames } from './log-frames.ts';

/** The parts of an engine that a stream of it needs. */
export interface StreamSource {
  readonly docker: Docker;
  readonly where: string;
  /** The reason why the engine's streams were broken off, if they were: a stream that has begun reports none itself. */
  readonly brokenBy: () => Error | undefined;
}

type Stream = AsyncIterable<unknown> & { readonly destroy?: () => void };

/** Yields the results of `read` on the stream that `open` opens, and closes it in any case. */
export async function* streamFrom<T>(
  { where, brokenBy }: StreamSource,
  open: () => Promise<unknown>,
  read: (stream: AsyncIterable<unknown>) => AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  let stream: Stream | undefined;
  try {
    signal.throwIfAborted();
    stream = (await open()) as Stream;
    yield* read(stream);
    signal.throwIfAborted();
  } catch (error) {
    throw translateEngineError(where, brokenBy() ?? error, signal);
  } finally {
    stream?.destroy?.();
  }
}

async function* asStdout(stream: AsyncIterable<unknown>): AsyncGenerator<LogChunk> {
  for await (const data of stream) yield { stream: 'stdout', data: data as Buffer };
}

export function readEngineLogs(
  source: StreamSource,
  id: string,
  { follow, tail, since, timestamps = false, isTty, signal }: LogOptions,
): AsyncIterable<LogChunk> {
  const query = {
    stdout: true,
    stderr: true,
    timestamps,
    follow,
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since }),
  };
  const container = source.docker.getContainer(id);
  // Without `follow` dockerode collects everything first; so `follow` is set, and the engine's query disables it.
  const open = (): Promise<unknown> =>
    container.logs({ follow: true, _query: query, abortSignal: signal } as Docker.ContainerLogsOptions & {
      readonly follow: true;
    });
  return streamFrom(source, open, isTty ? asStdout : readLogFrames, signal);
}

async function* readEvents(stream: AsyncIterable<unknown>): AsyncGenerator<EngineEvent> {
  for await (const line of readJsonLines(stream)) {
    const actor = fieldAt(line, 'Actor');
    const [type, action, id] = [textOf(line, 'Type'), textOf(line, 'Action'), textOf(actor, 'ID')];
    if (type === undefined || action === undefined || id === undefined) continue;
    const attributes = Object.entries(recordOf<unknown>(fieldAt(actor, 'Attributes'))).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const timeNano = numberAt(line, 'timeNano') ?? 0;
    yield { type, action, id, attributes: Object.fromEntries(attributes), timeNano };
  }
}

export function watchEngineEvents(
  source: StreamSource,
  options: {
    readonly types: readonly string[];
    readonly filters: { readonly label: string[] };
    readonly since?: string | undefined;
    readonly signal: AbortSignal;
    readonly onOpen?: () => void;
  },
): AsyncIterable<EngineEvent> {
  const { types, filters, since, signal, onOpen } = options;
  const open = async (): Promise<unknown> => {
    const stream = await source.docker.getEvents({
      filters: { type: [...types], ...filters },
      ...(since === undefined ? {} : { since }),
      abortSignal: signal,
    } as unknown as Docker.GetEventsOptions);
    onOpen?.();
    return stream;
  };
  return streamFrom(source, open, readEvents, signal);
}
