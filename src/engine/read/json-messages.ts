import { fieldAt, numberAt } from '../../net/json-fields.ts';

/** Streams of JSON objects, one a line; the engine separates them by CRLF, LF or nothing but the end. */
export async function* readJsonLines(stream: AsyncIterable<unknown>): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk as Buffer, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  if (rest.trim() !== '') yield JSON.parse(rest);
}

/** Returns `value[key]` if it is a string, which may be empty. */
export function textOf(value: unknown, key: string): string | undefined {
  const found = fieldAt(value, key);
  return typeof found === 'string' ? found : undefined;
}

export const numberOf = (value: unknown, key: string): number | undefined =>
  numberAt(value, key) ?? undefined;
