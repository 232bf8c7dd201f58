/** The engine answers 200 before it knows how a build or pull ends: a line with `error` is a failure like any other. */
import { fieldAt } from '../../net/json-fields.ts';
import { numberOf, readJsonLines, textOf } from '../read/json-messages.ts';
import type { EngineMessage } from '../engine.ts';

function toMessage(line: unknown): EngineMessage | undefined {
  const text = textOf(line, 'stream');
  if (text !== undefined) return { type: 'output', text };
  const image = textOf(fieldAt(line, 'aux'), 'ID');
  if (image !== undefined) return { type: 'image', id: image };
  const status = textOf(line, 'status');
  if (status === undefined) return undefined;
  const layer = textOf(line, 'id');
  const progress = fieldAt(line, 'progressDetail');
  if (layer === undefined) return { type: 'output', text: `${status}\n` };
  const [doneBytes, totalBytes] = [numberOf(progress, 'current'), numberOf(progress, 'total')];
  return { type: 'layer', layer, status, doneBytes: doneBytes ?? null, totalBytes: totalBytes ?? null };
}

/** Yields the messages of a build or pull. `refuse` converts a line with an error to the error thrown. */
export async function* readProgress(
  stream: AsyncIterable<unknown>,
  refuse: (text: string) => Error,
): AsyncGenerator<EngineMessage> {
  for await (const line of readJsonLines(stream)) {
    const error = textOf(line, 'error') ?? textOf(fieldAt(line, 'errorDetail'), 'message');
    if (error !== undefined) throw refuse(error);
    const message = toMessage(line);
    if (message !== undefined) yield message;
  }
}
