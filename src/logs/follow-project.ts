/**
 * The logs of a project's services as one. The law: every line once. A container that is started again goes on where
 * its log was left; a new one is read from its beginning; after a lost connection all go on where they were.
 */
import { systemClock, type Clock } from '../core/clock.ts';
import { OsError } from '../core/errors.ts';
import type { Engine, EngineEvent } from '../engine/engine.ts';
import { readContainerLog, type ContainerSource, type ReadOptions } from './follow-container.ts';
import { LogCursor } from './log-cursor.ts';
import type { LogEvent } from './log-line.ts';
import { mergeByTime } from './merge-by-time.ts';

export interface FollowOptions {
  readonly project: string | undefined;
  /** Empty for all. */
  readonly services: readonly string[];
  readonly follow: boolean;
  readonly tail?: number | undefined;
  readonly since?: string | undefined;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

const labels = { project: 'com.docker.compose.project', service: 'com.docker.compose.service' } as const;
const retryMs = 500;

const isLost = (error: unknown): boolean => error instanceof OsError && error.code === 'connection-lost';
const isGone = (error: unknown): boolean => error instanceof OsError && error.code === 'engine-missing';

/** Reports every line of the services until their logs end, or with `follow` until `signal` aborts. */
export async function followProject(
  engine: Engine,
  options: FollowOptions,
  report: (event: LogEvent) => void,
): Promise<void> {
  const following = new ProjectLogs(engine, options, report);
  if (options.follow) await following.follow();
  else await following.readOnce();
}

/** A line that was read; it counts as told, and is not read again, once it is told. */
interface ReadLine {
  readonly time: string;
  readonly tell: () => void;
}

class ProjectLogs {
  readonly #engine: Engine;
  readonly #options: FollowOptions;
  readonly #report: (event: LogEvent) => void;
  readonly #cursors = new Map<string, LogCursor>();
  readonly #reading = new Map<string, Promise<void>>();
  readonly #clock: Clock;
  /** Containers that are there from the beginning show their past as asked; later ones show all of it. */
  readonly #fromBeginning = new Set<string>();

  constructor(engine: Engine, options: FollowOptions, report: (event: LogEvent) => void) {
    this.#engine = engine;
    this.#options = options;
    this.#report = report;
    this.#clock = options.clock ?? systemClock;
  }

  /** What is there, of all services in order of time. */
  async readOnce(): Promise<void> {
    const { tail, since, signal } = this.#options;
    const sources = await this.#list(signal);
    for (const { id } of sources) this.#fromBeginning.add(id);
    const lines = sources.map(source => this.#read(source, { follow: false, tail, since, signal }));
    for await (const { tell } of mergeByTime(lines)) tell();
  }

  async follow(): Promise<void> {
    const { signal } = this.#options;
    let isLostNow = false;
    let isPastRead = false;
    for (;;) {
      const round = new AbortController();
      const within = AbortSignal.any([signal, round.signal]);
      try {
        if (!isPastRead) await this.readOnce();
        isPastRead = true;
        await this.#followRound(within, () => {
          if (isLostNow) this.#report({ type: 'connection', state: 'restored' });
          isLostNow = false;
        });
        throw new OsError('connection-lost', 'the engine has ended its report of events');
      } catch (error) {
        round.abort();
        await Promise.allSettled(this.#reading.values());
        this.#reading.clear();
        signal.throwIfAborted();
        if (!isLost(error)) throw error;
        if (!isLostNow) this.#report({ type: 'connection', state: 'lost' });
        isLostNow = true;
        await this.#clock.sleep(retryMs, signal);
      }
    }
  }

  /** Listens first and looks then, so that no start falls between. */
  async #followRound(signal: AbortSignal, onOpen: () => void): Promise<void> {
    const { project } = this.#options;
    const events = this.#engine.watchEvents({
      types: ['container'],
      labels: { [labels.project]: project },
      signal,
      onOpen: () => {
        onOpen();
        this.#list(signal).then(
          sources => {
            for (const source of sources) this.#begin(source, signal);
          },
          () => undefined,
        );
      },
    });
    for await (const event of events) this.#onEvent(event, signal);
  }

  #onEvent({ action, id, attributes }: EngineEvent, signal: AbortSignal): void {
    const service = attributes[labels.service] ?? '';
    const source = { id, service, name: attributes['name'] ?? '' };
    if (!this.#isWanted(service)) return;
    if (action === 'start') {
      this.#report({ type: 'container', service, container: source.name, state: 'started' });
      this.#begin(source, signal);
    } else if (action === 'die')
      this.#report({ type: 'container', service, container: source.name, state: 'ended' });
  }

  /** Reads on once what is being read of the same container has ended. */
  #begin(source: ContainerSource, signal: AbortSignal): void {
    const before = this.#reading.get(source.id) ?? Promise.resolve();
    const reading = before.then(async () => {
      const options = { follow: true, signal, ...this.#pastOf(source) };
      for await (const { tell } of this.#read(source, options)) tell();
    });
    // A lost connection shows in the events too, which is where it is dealt with.
    reading.catch(() => undefined);
    this.#reading.set(
      source.id,
      reading.catch(() => undefined),
    );
  }

  /** What is asked of a past that held no line when it was read: nothing of it is to be missed. */
  #pastOf({ id }: ContainerSource): Pick<ReadOptions, 'tail' | 'since'> {
    const { tail, since } = this.#options;
    if (!this.#fromBeginning.has(id)) return {};
    return tail === 0 ? { tail, since } : { since };
  }

  async *#read(source: ContainerSource, options: ReadOptions): AsyncGenerator<ReadLine> {
    const cursor = this.#cursors.get(source.id) ?? new LogCursor();
    this.#cursors.set(source.id, cursor);
    try {
      for await (const line of readContainerLog(this.#engine, source, cursor, options)) {
        const tell = (): void => {
          if (cursor.accepts(line)) this.#report(line);
        };
        yield { time: line.time, tell };
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  #isWanted(service: string): boolean {
    const { services } = this.#options;
    return services.length === 0 || services.includes(service);
  }

  async #list(signal: AbortSignal): Promise<ContainerSource[]> {
    const containers = await this.#engine.listContainers({ [labels.project]: this.#options.project }, signal);
    return containers
      .map(container => ({ ...container, service: container.labels[labels.service] ?? '' }))
      .filter(({ service }) => this.#isWanted(service));
  }
}
