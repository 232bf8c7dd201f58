import { translateStats } from './read-stats.ts';
import type { ContainerStats } from './objects.ts';
import { readJsonLines } from './read/json-messages.ts';
import { streamFrom, type StreamSource } from './streams/streams.ts';

async function* readStats(stream: AsyncIterable<unknown>): AsyncGenerator<ContainerStats> {
  for await (const line of readJsonLines(stream)) yield translateStats(line);
}

/** Yields a container's usage once a second, until it is gone or `signal` aborts. */
export function watchContainerStats(
  source: StreamSource,
  id: string,
  signal: AbortSignal,
): AsyncIterable<ContainerStats> {
  const asked = { stream: true, abortSignal: signal } as { readonly stream: true };
  const open = (): Promise<unknown> => source.docker.getContainer(id).stats(asked);
  return streamFrom(source, open, readStats, signal);
}
