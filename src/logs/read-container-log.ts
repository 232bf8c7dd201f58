import type { Engine } from '../engine/engine.ts';
import type { LogCursor } from './log-cursor.ts';
import { splitLines, type StampedLine } from './split-lines.ts';

export interface PastOptions {
  /** The number of last lines; default: all. */
  readonly tail?: number | undefined;
  /** Seconds since 1970. */
  readonly since?: string | undefined;
}

type LogReader = Pick<Engine, 'getContainer' | 'readInfo' | 'readLogs'>;

/** Reads a container's log from `cursor` on, or the past that `options` select, up to now. The cursor recognises new lines. */
export async function* readLogPast(
  engine: LogReader,
  id: string,
  cursor: LogCursor,
  { tail, since, signal }: PastOptions & { readonly signal: AbortSignal },
): AsyncGenerator<StampedLine> {
  const { isTty } = await engine.getContainer(id, signal);
  const past = cursor.hasRead
    ? { since: cursor.resume((await engine.readInfo(signal)).systemTime) }
    : { tail, since };
  yield* splitLines(engine.readLogs(id, { follow: false, isTty, signal, timestamps: true, ...past }));
}

/**
 * Reads a container's log from `cursor` on, or from the past that `options` select, until the log ends. An engine that
 * follows from an instant on omits later lines whose times are earlier, as they are once the device's clock was set
 * back. So it follows from the last line on, and the lines between are read up to there.
 */
export async function* followLog(
  engine: LogReader,
  id: string,
  cursor: LogCursor,
  options: PastOptions & { readonly signal: AbortSignal },
): AsyncGenerator<StampedLine> {
  const { signal } = options;
  const { isTty } = await engine.getContainer(id, signal);
  const chunks = engine.readLogs(id, { follow: true, isTty, signal, timestamps: true, tail: 1 });
  let isFirst = true;
  for await (const line of splitLines(chunks)) {
    if (isFirst) {
      if (!cursor.isLast(line)) yield* readLogPast(engine, id, cursor, options);
      // The last line may be outside of the selected past.
      if (!cursor.hasRead) cursor.accepts(line);
      cursor.resume();
    }
    isFirst = false;
    yield line;
  }
}
