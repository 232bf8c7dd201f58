import type Docker from 'dockerode';
import type { EngineEvent, LogChunk, LogOptions } from './engine.ts';
import { translateEngineError } from './engine-errors.ts';
import { readJsonLines } from './json-messages.ts';
import { readLogFrames } from './log-frames.ts';

/** What a stream needs of the engine it comes from. */
export interface StreamSource {
  readonly docker: Docker;
  readonly where: string;
}

type Stream = AsyncIterable<unknown> & { destroy?: () => void };

/** Yields what `read` makes of the stream that `open` opens; it is closed however this ends. */
export async function* streamFrom<T>(
  { where }: StreamSource,
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
    throw translateEngineError(where, error, signal);
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
    ...{ stdout: true, stderr: true, timestamps, follow },
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since }),
  };
  const container = source.docker.getContainer(id);
  // Without `follow` dockerode collects everything first; the engine's own query is what says not to follow.
  const open = (): Promise<unknown> =>
    container.logs({ follow: true, _query: query, abortSignal: signal } as Docker.ContainerLogsOptions & {
      follow: true;
    });
  return streamFrom(source, open, isTty ? asStdout : readLogFrames, signal);
}

interface RawEvent {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> | null };
  timeNano: number;
}

async function* readEvents(stream: AsyncIterable<unknown>): AsyncGenerator<EngineEvent> {
  for await (const line of readJsonLines(stream)) {
    const { Type, Action, Actor, timeNano } = line as RawEvent;
    yield { type: Type, action: Action, id: Actor.ID, attributes: Actor.Attributes ?? {}, timeNano };
  }
}

export function watchEngineEvents(
  source: StreamSource,
  options: {
    types: readonly string[];
    filters: { label: string[] };
    since?: string | undefined;
    signal: AbortSignal;
    onOpen?: () => void;
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
