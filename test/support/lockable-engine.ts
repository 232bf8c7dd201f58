import type { Clock } from '../../src/core/clock.ts';
import { OsError } from '../../src/core/errors.ts';
import type { EngineEvent, LabelFilter } from '../../src/engine/engine.ts';
import type { VolumeSummary } from '../../src/engine/objects.ts';
import { FakeEngine } from './fake-engine.ts';

/** An engine that tells of volumes as they are made. */
export class LockableEngine extends FakeEngine {
  readonly #listeners = new Set<(event: EngineEvent) => void>();

  get listenerCount(): number {
    return this.#listeners.size;
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

  removeVolume(name: string): Promise<void> {
    this.volumes.delete(name);
    return Promise.resolve();
  }

  listVolumes(labels: LabelFilter): Promise<VolumeSummary[]> {
    const has = (volume: VolumeSummary): boolean =>
      Object.entries(labels).every(([name, value]) =>
        value === undefined ? name in volume.labels : volume.labels[name] === value,
      );
    return Promise.resolve([...this.volumes.values()].filter(has));
  }

  async *watchEvents({
    signal,
    onOpen,
  }: {
    signal: AbortSignal;
    onOpen: () => void;
  }): AsyncGenerator<EngineEvent> {
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
