import type { Clock } from '../../src/core/clock.ts';
import { OsError } from '../../src/core/errors.ts';
import type { EngineEvent } from '../../src/engine/engine.ts';
import type { VolumeSummary } from '../../src/engine/objects.ts';
import { FakeEngine } from './fake-engine.ts';

/** An engine that tells of volumes as they are made. */
export class LockableEngine extends FakeEngine {
  readonly #listeners = new Set<(event: EngineEvent) => void>();

  get listenerCount(): number {
    return this.#listeners.size;
  }

  readonly #connections: AbortController[] = [];

  /** Ends the connections of listeners, as an engine that is restarted does; only the oldest `count` of them if given. */
  dropListeners(count = this.#connections.length): void {
    for (const connection of this.#connections.splice(0, count))
      connection.abort(new OsError('connection-lost', 'the engine is restarted'));
  }

  override async createVolume(body: {
    Name: string;
    Labels: Record<string, string>;
  }): Promise<VolumeSummary> {
    const volume = await super.createVolume(body);
    const event: EngineEvent = {
      type: 'volume',
      action: 'create',
      id: body.Name,
      attributes: {},
      timeNano: 0,
    };
    for (const listener of this.#listeners) listener(event);
    // As the engine's adapter does it: what was made is looked at, and may be gone by then.
    await new Promise(setImmediate);
    if (!this.volumes.has(body.Name)) throw new OsError('engine-missing', `no such volume: ${body.Name}`);
    return volume;
  }

  async *watchEvents({
    signal: wanted,
    onOpen,
  }: {
    signal: AbortSignal;
    onOpen: () => void;
  }): AsyncGenerator<EngineEvent> {
    const connection = new AbortController();
    this.#connections.push(connection);
    const signal = AbortSignal.any([wanted, connection.signal]);
    const waiting: EngineEvent[] = [];
    let wake = (): void => undefined;
    const listener = (event: EngineEvent): void => {
      waiting.push(event);
      wake();
    };
    const onAbort = (): void => wake();
    signal.addEventListener('abort', onAbort);
    this.#listeners.add(listener);
    try {
      onOpen();
      for (;;) {
        signal.throwIfAborted();
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else
          await new Promise<void>(resolve => {
            wake = resolve;
          });
      }
    } finally {
      this.#listeners.delete(listener);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** A clock on which waiting takes no time, but lets others run. */
  fastClock(): Clock {
    let nowMs = 0;
    return {
      nowMs: () => nowMs,
      async sleep(ms) {
        nowMs += ms;
        await new Promise(setImmediate);
      },
    };
  }
}
