import type { Engine } from '../engine/engine.ts';
import type { LogCursor } from './log-cursor.ts';
import type { LogLine } from './log-line.ts';
import { splitLines } from './split-lines.ts';

export interface ContainerSource {
  readonly id: string;
  readonly service: string;
  readonly name: string;
}

export interface ReadOptions {
  readonly follow: boolean;
  readonly tail?: number | undefined;
  /** Seconds since 1970. */
  readonly since?: string | undefined;
  readonly signal: AbortSignal;
}

/** The lines of a container's log from where `cursor` is, until it ends; which of them are new the cursor knows. */
export async function* readContainerLog(
  engine: Engine,
  { id, service, name }: ContainerSource,
  cursor: LogCursor,
  { follow, tail, since, signal }: ReadOptions,
): AsyncGenerator<LogLine> {
  const { isTty } = await engine.getContainer(id, signal);
  const resumed = cursor.resume();
  const chunks = engine.readLogs(id, {
    ...{ follow, isTty, signal, timestamps: true },
    ...(resumed === undefined ? { tail, since } : { since: resumed }),
  });
  for await (const line of splitLines(chunks)) yield { type: 'log', service, container: name, ...line };
}
