import { EventEmitter, once } from 'node:events';
import { OsError } from '../../src/core/errors.ts';
import type { EngineEvent, LogChunk } from '../../src/engine/engine.ts';
import { toUnixTime } from '../../src/logs/log-cursor.ts';
import type { LogEngine } from '../../src/logs/project-logs.ts';

interface FakeLog {
  readonly service: string;
  /** `TIME text`, in the order in which they were written. */
  readonly lines: string[];
  /** Why it cannot be read. */
  readonly refusal?: OsError;
}

const labelsOf = (service: string): Record<string, string> => ({
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': service,
});

/** The logs of an engine whose clock and events a test controls. What it has not learned to do fails the test. */
export class FakeLogEngine implements Pick<
  LogEngine,
  'listContainers' | 'watchEvents' | 'getContainer' | 'readInfo' | 'readLogs'
> {
  readonly logs = new Map<string, FakeLog>();
  now = '2026-01-02T04:00:00.000000000Z';
  readonly #events: EngineEvent[] = [];
  readonly #changes = new EventEmitter().setMaxListeners(0);

  add(id: string, log: FakeLog): this {
    this.logs.set(id, log);
    return this;
  }

  /** Writes a line; who follows gets it. */
  print(id: string, line: string): void {
    this.logs.get(id)?.lines.push(line);
    this.#ring();
  }

  emit(action: string, id: string): void {
    const service = this.logs.get(id)?.service ?? '';
    const attributes: Record<string, string> = { ...labelsOf(service), name: `shop-${id}` };
    this.#events.push({ type: 'container', action, id, attributes, timeNano: 0 });
    this.#ring();
  }

  #ring(): void {
    this.#changes.emit('change');
  }

  /** Resolves with the next change; rejects when `signal` aborts. */
  async #next(signal: AbortSignal): Promise<void> {
    await once(this.#changes, 'change', { signal });
  }

  listContainers: LogEngine['listContainers'] = filter => {
    if (filter['com.docker.compose.project'] !== 'shop') throw new Error('another project is listed');
    return Promise.resolve(
      [...this.logs].map(
        ([id, { service }]) => ({ id, name: `shop-${id}`, labels: labelsOf(service) }) as never,
      ),
    );
  };

  getContainer: LogEngine['getContainer'] = () => Promise.resolve({ isTty: true } as never);

  readInfo: LogEngine['readInfo'] = () => Promise.resolve({ systemTime: this.now } as never);

  readLogs: LogEngine['readLogs'] = (id, { follow, since, tail, signal }) =>
    this.#readLogs(id, { follow, since, tail, signal });

  async *#readLogs(
    id: string,
    {
      follow,
      since = '0',
      tail,
      signal,
    }: { follow: boolean; since: string | undefined; tail: number | undefined; signal: AbortSignal },
  ): AsyncGenerator<LogChunk> {
    const log = this.logs.get(id);
    if (log === undefined) throw new OsError('engine-missing', `no container ${id}`);
    if (log.refusal !== undefined) throw log.refusal;
    const begin = tail === undefined ? 0 : Math.max(0, log.lines.length - tail);
    for (let i = begin; ; i += 1) {
      while (i >= log.lines.length) {
        if (!follow) return;
        await this.#next(signal);
      }
      const line = log.lines[i] ?? '';
      if (Number(toUnixTime(line.split(' ')[0] ?? '')) >= Number(since))
        yield { stream: 'stdout', data: Buffer.from(`${line}\n`) };
    }
  }

  watchEvents: LogEngine['watchEvents'] = ({ signal, onOpen }) => this.#watchEvents(signal, onOpen);

  async *#watchEvents(signal: AbortSignal, onOpen?: () => void): AsyncGenerator<EngineEvent> {
    let at = this.#events.length;
    onOpen?.();
    for (;;) {
      while (at >= this.#events.length) await this.#next(signal);
      const event = this.#events[at];
      at += 1;
      if (event !== undefined) yield event;
    }
  }
}
