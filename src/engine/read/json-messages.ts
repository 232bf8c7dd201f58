import { fieldAt, jsonOf, numberAt } from '../../net/json-fields.ts';

/** A line that is no JSON: the connection was cut in the middle of it, or something else answers. */
export class BrokenJson extends Error {}

function parseLine(line: string): unknown {
  const value = jsonOf(line);
  if (value === undefined) throw new BrokenJson('the engine sends what is no JSON');
  return value;
}

/** Streams of JSON objects, one a line; the engine separates them by CRLF, LF or nothing but the end. Throws BrokenJson. */
export async function* readJsonLines(stream: AsyncIterable<unknown>): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk as Buffer, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield parseLine(line);
  }
  if (rest.trim() !== '') yield parseLine(rest);
}

/** Returns `value[key]` if it is a string, which may be empty. */
export function textOf(value: unknown, key: string): string | undefined {
  const found = fieldAt(value, key);
  return typeof found === 'string' ? found : undefined;
}

export const numberOf = (value: unknown, key: string): number | undefined =>
  numberAt(value, key) ?? undefined;
