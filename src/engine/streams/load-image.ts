import type { Readable } from 'node:stream';
import type { EngineMessage } from '../engine.ts';
import { engineFailure } from '../engine-errors.ts';
import { readProgress } from './progress-messages.ts';
import { streamFrom, type StreamSource } from './streams.ts';

/** Loads an archive of images. The engine answers 200 before it reads the archive: errors are lines of its answer. */
export function loadImage(
  source: StreamSource,
  archive: Readable,
  signal: AbortSignal,
): AsyncIterable<EngineMessage> {
  const options = { quiet: '1', abortSignal: signal };
  const open = (): Promise<unknown> => source.docker.loadImage(archive, options);
  return streamFrom(
    source,
    open,
    stream => readProgress(stream, text => engineFailure(source.where, text, 'engine-refused')),
    signal,
  );
}
