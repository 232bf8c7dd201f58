/**
 * The logs of a project's services as one. The law: every line once. The log of a restarted container continues; a new
 * one is read from its beginning; after a lost connection all continue at their last lines.
 */
import { systemClock, type Clock } from '../core/clock.ts';
import { OsError } from '../core/errors.ts';
import type { Engine, EngineEvent } from '../engine/engine.ts';
import { LogCursor } from './log-cursor.ts';
import type { AwaitReader, LogSource, ReadLine, ReportLog } from './log-source.ts';
import { followLog, readLogPast, type PastOptions } from './read-container-log.ts';
import { isConnectionLost } from './read-logs.ts';

export interface ProjectLogsOptions {
  /** undefined: every project on the device. */
  readonly project: string | undefined;
  /** Called for every new container, so that the answer may change while logs are followed. */
  readonly isWanted: (service: string) => boolean;
  readonly tail?: number | undefined;
  /** Seconds since 1970. */
  readonly since?: string | undefined;
  readonly report: ReportLog;
  /** Awaited after each line that is followed: no more is read than is taken. */
  readonly awaitReader?: AwaitReader | undefined;
  readonly clock?: Clock;
  /** Labels that hold the project and the service of a container. Default: those of compose. */
  readonly labels?: { readonly project: string; readonly service: string };
}

/** The calls that logs are read with. */
export type LogEngine = Pick<
  Engine,
  'listContainers' | 'watchEvents' | 'getContainer' | 'readInfo' | 'readLogs'
>;

interface ContainerSource {
  readonly id: string;
  readonly service: string;
  readonly name: string;
}

const composeLabels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
} as const;
const retryMs = 500;

const isUnreadable = (error: unknown): error is OsError =>
  error instanceof OsError && (error.code === 'engine-refused' || error.code === 'engine-conflict');
const isGone = (error: unknown): boolean => error instanceof OsError && error.code === 'engine-missing';

/** One connection to the engine's events, and the readers that live as long. */
interface Round {
  readonly signal: AbortSignal;
  /** Ends the round: a reader has failed. */
  readonly fail: (error: unknown) => void;
}

export class ProjectLogs implements LogSource {
  readonly #engine: LogEngine;
  readonly #options: ProjectLogsOptions;
  readonly #cursors = new Map<string, LogCursor>();
  readonly #reading = new Map<string, Promise<void>>();
  readonly #clock: Clock;
  readonly #labels: NonNullable<ProjectLogsOptions['labels']>;
  /** Containers that exist from the beginning show their past as requested; later ones show all of it. */
  readonly #fromBeginning = new Set<string>();
  /** Containers whose logs cannot be read; each is reported once. */
  readonly #unreadable = new Map<string, OsError>();

  constructor(engine: LogEngine, options: ProjectLogsOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#labels = options.labels ?? composeLabels;
  }

  async readPast(signal: AbortSignal): Promise<readonly AsyncIterable<ReadLine>[]> {
    const { tail, since } = this.#options;
    const sources = await this.#list(signal);
    for (const { id } of sources) this.#fromBeginning.add(id);
    return sources.map(source => this.#read(source, readLogPast, { tail, since, signal }));
  }

  assertReadable(): void {
    const [failure] = this.#unreadable.values();
    if (failure !== undefined && this.#unreadable.size === this.#fromBeginning.size) throw failure;
  }

  async follow(signal: AbortSignal): Promise<void> {
    const { report } = this.#options;
    let isLostNow = false;
    for (;;) {
      const end = new AbortController();
      const round = {
        signal: AbortSignal.any([signal, end.signal]),
        fail: (error: unknown) => end.abort(error),
      };
      try {
        await this.#followRound(round, () => {
          if (isLostNow) report({ type: 'connection', state: 'restored' });
          isLostNow = false;
        });
        throw new OsError('connection-lost', 'the engine ends its stream of events');
      } catch (error) {
        end.abort();
        await Promise.allSettled(this.#reading.values());
        this.#reading.clear();
        signal.throwIfAborted();
        if (!isConnectionLost(error)) throw error;
        if (!isLostNow) report({ type: 'connection', state: 'lost' });
        isLostNow = true;
        await this.#clock.sleep(retryMs, signal);
      }
    }
  }

  /** Listens to events first and lists containers then, so that no start is missed in between. */
  async #followRound(round: Round, onOpen: () => void): Promise<void> {
    const { signal } = round;
    const events = this.#engine.watchEvents({
      types: ['container'],
      labels: { [this.#labels.project]: this.#options.project },
      signal,
      onOpen: () => {
        onOpen();
        this.#list(signal).then(sources => {
          for (const source of sources) this.#begin(source, round);
        }, round.fail);
      },
    });
    for await (const event of events) this.#onEvent(event, round);
  }

  #onEvent({ action, id, attributes }: EngineEvent, round: Round): void {
    const { isWanted, report } = this.#options;
    const service = attributes[this.#labels.service] ?? '';
    const name = attributes['name'] ?? '';
    if (!isWanted(service)) return;
    if (action === 'start') {
      report({ type: 'container', service, container: name, state: 'started' });
      this.#begin({ id, service, name }, round);
    } else if (action === 'die') report({ type: 'container', service, container: name, state: 'ended' });
  }

  /** Reads on once the current read of the same container has ended. */
  #begin(source: ContainerSource, { signal, fail }: Round): void {
    const before = this.#reading.get(source.id) ?? Promise.resolve();
    const reading = before.then(async () => {
      const { tail, since, awaitReader } = this.#options;
      const past = this.#fromBeginning.has(source.id) ? { tail, since } : {};
      for await (const line of this.#read(source, followLog, { ...past, signal })) {
        line.report();
        await awaitReader?.(signal);
        if (signal.aborted) return;
      }
    });
    this.#reading.set(source.id, reading.catch(fail));
  }

  async *#read(
    source: ContainerSource,
    read: typeof followLog,
    options: PastOptions & { readonly signal: AbortSignal },
  ): AsyncGenerator<ReadLine> {
    const cursor = this.#cursors.get(source.id) ?? new LogCursor();
    this.#cursors.set(source.id, cursor);
    try {
      const { id, service, name: container } = source;
      for await (const line of read(this.#engine, id, cursor, options)) {
        const report = (): void => {
          if (cursor.accepts(line)) this.#options.report({ type: 'log', service, container, ...line });
        };
        yield { time: line.time, report };
      }
    } catch (error) {
      if (isUnreadable(error)) this.#reportUnreadable(source, error);
      else if (!isGone(error)) throw error;
    }
  }

  #reportUnreadable({ id, service, name }: ContainerSource, error: OsError): void {
    if (this.#unreadable.has(id)) return;
    this.#unreadable.set(id, error);
    this.#options.report({ type: 'unreadable', service, container: name, message: error.message });
  }

  async #list(signal: AbortSignal): Promise<ContainerSource[]> {
    const { project, isWanted } = this.#options;
    const containers = await this.#engine.listContainers({ [this.#labels.project]: project }, signal);
    return containers
      .map(container => ({ ...container, service: container.labels[this.#labels.service] ?? '' }))
      .filter(({ service }) => isWanted(service));
  }
}
