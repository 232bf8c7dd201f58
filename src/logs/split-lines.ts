import type { LogChunk } from '../engine/engine.ts';

export interface StampedLine {
  readonly stream: 'stdout' | 'stderr';
  readonly time: string;
  readonly text: string;
}

/** `2026-01-02T03:04:05.123456789Z text`, as the engine writes a line when timestamps are asked for. */
function toStamped(stream: LogChunk['stream'], line: string): StampedLine {
  const space = line.indexOf(' ');
  const time = space === -1 ? line : line.slice(0, space);
  return { stream, time, text: space === -1 ? '' : line.slice(space + 1).replace(/\r$/, '') };
}

/** Lines of a container's output; the two streams are put together apart from each other. */
export async function* splitLines(chunks: AsyncIterable<LogChunk>): AsyncGenerator<StampedLine> {
  const rest = { stdout: '', stderr: '' };
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  for await (const { stream, data } of chunks) {
    const lines = (rest[stream] + decoders[stream].decode(data, { stream: true })).split('\n');
    rest[stream] = lines.pop() ?? '';
    for (const line of lines) yield toStamped(stream, line);
  }
  for (const stream of ['stdout', 'stderr'] as const)
    if (rest[stream] !== '') yield toStamped(stream, rest[stream]);
}
