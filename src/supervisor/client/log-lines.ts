/** The supervisor's stream of logs, `GET /v2/local/logs`: one JSON object a line, without history. */
import { numberAt, readJsonObject, textAt } from './read-answer.ts';

export interface SupervisorLogLine {
  /** undefined: the supervisor's own words. */
  readonly service: string | undefined;
  readonly text: string;
  /** ms since 1970; undefined if the supervisor does not report it (its first line; its own words before 15). */
  readonly timeMs: number | undefined;
  readonly isError: boolean;
}

const longestLineBytes = 1_000_000;

/** Yields the lines of `stream`; skips anything that is not a log line, and lines over 1 MB. */
export async function* readLogLines(stream: AsyncIterable<Buffer>): AsyncGenerator<SupervisorLogLine> {
  let rest = Buffer.alloc(0);
  let isSkipping = false;
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([rest, chunk.subarray(from, end)]);
      rest = Buffer.alloc(0);
      from = end + 1;
      const parsed = isSkipping ? undefined : parseLogLine(line);
      isSkipping = false;
      if (parsed !== undefined) yield parsed;
    }
    rest = Buffer.concat([rest, chunk.subarray(from)]);
    if (rest.length > longestLineBytes) {
      rest = Buffer.alloc(0);
      isSkipping = true;
    }
  }
}

/** undefined if `line` is no log line. */
export function parseLogLine(line: Buffer | string): SupervisorLogLine | undefined {
  const object = readJsonObject(line);
  if (object === undefined) return undefined;
  const text = messageOf(object['message']);
  if (text === undefined) return undefined;
  return {
    service: object['isSystem'] === true ? undefined : textAt(object, 'serviceName'),
    // Services have a terminal by default, which ends each line in a carriage return.
    text: text.replace(/[\r\n]+$/, ''),
    timeMs: numberAt(object, 'timestamp'),
    isError: object['isStdErr'] === true,
  };
}

/** journald gives a message that has control characters as an array of bytes, and the supervisor hands that on. */
function messageOf(message: unknown): string | undefined {
  if (typeof message === 'string') return message;
  if (!Array.isArray(message)) return undefined;
  const isByte = (it: unknown): it is number => typeof it === 'number' && it >= 0 && it < 256;
  return message.every(isByte) ? Buffer.from(message).toString('utf8') : undefined;
}
