/** A live session of one service whose container is in memory, for tests of what it does besides syncing files. */
import type { Engine, ExecOptions, ExecStream } from '../../src/engine/engine.ts';
import type { ServiceRules } from '../../src/sync/decide/decide.ts';
import type { LiveEvent } from '../../src/sync/events.ts';
import type { Confirm } from '../../src/sync/service/pause.ts';
import { ServiceSession } from '../../src/sync/service/service-session.ts';
import type { Node } from '../../src/sync/tree/node.ts';
import { ManualClock } from './manual-clock.ts';
import { fileOf, sourceOf, type ModelContainer } from './model-container.ts';

export interface LiveServiceOptions {
  readonly container: ModelContainer;
  readonly rules: ServiceRules;
  /** The sources; `edit` changes them. */
  readonly nodes: Map<string, Node>;
  readonly service?: string;
  readonly restart?: (signal: AbortSignal | undefined) => Promise<void>;
  readonly exec?: (options: ExecOptions) => Promise<ExecStream>;
  readonly confirm?: Confirm;
  readonly onRebuild?: (cause: string) => void;
  readonly prepare?: (session: ServiceSession) => void;
}

export interface LiveService extends AsyncDisposable {
  readonly session: ServiceSession;
  readonly clock: ManualClock;
  readonly events: readonly LiveEvent[];
  /** The container that the service has from now on; undefined for none. */
  container: ModelContainer | undefined;
  edit(name: string, content: string): void;
  remove(names: readonly string[]): void;
  /** Resolves at the first event of this type after the first `from`. */
  next<T extends LiveEvent['type']>(type: T, from?: number): Promise<LiveEvent & { type: T }>;
}

/** A program that has printed `output` and ends at once. */
export const programOf = (output: string): ExecStream => ({
  output: (async function* () {
    await Promise.resolve();
    yield { stream: 'stdout' as const, data: Buffer.from(output) };
  })(),
  write: () => Promise.reject(new Error('it has no input')),
  readExitCode: () => Promise.resolve(0),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});

/** A program that runs until the connection to it is closed. */
export function endlessProgram(): ExecStream {
  let close = (): void => undefined;
  const closed = new Promise<void>(resolve => (close = resolve));
  return {
    output: (async function* () {
      yield { stream: 'stdout' as const, data: Buffer.from('os:\n') };
      await closed;
    })(),
    write: () => Promise.reject(new Error('it has no input')),
    readExitCode: () => Promise.resolve(137),
    [Symbol.asyncDispose]() {
      close();
      return closed;
    },
  };
}

export function openLiveService({
  container: first,
  rules,
  nodes,
  service = 'web',
  restart = () => Promise.resolve(),
  exec = () => Promise.resolve(programOf('os:\n')),
  confirm,
  prepare = () => undefined,
  onRebuild = cause => {
    throw new Error(`nothing is to be rebuilt: ${cause}`);
  },
}: LiveServiceOptions): LiveService {
  let container: ModelContainer | undefined = first;
  const engine: Pick<
    Engine,
    'listContainers' | 'getContainer' | 'restartContainer' | 'openExec' | 'findImage' | 'removeImage'
  > = {
    listContainers: () =>
      Promise.resolve(
        [container].flatMap(it =>
          it === undefined
            ? []
            : ({
                id: it.id,
                imageId: 'sha256:1',
                state: 'running',
                name: `shop-${service}-1`,
                labels: {
                  'com.docker.compose.project': 'shop',
                  'com.docker.compose.service': service,
                  'os.made': '1',
                },
              } as never),
        ),
      ),
    getContainer: () => Promise.resolve({ user: '', mounts: [] } as never),
    restartContainer: (_, options) => restart(options?.signal),
    openExec: (_, options) => exec(options),
    findImage: () => Promise.resolve(undefined),
    removeImage: () => Promise.resolve(),
  };
  const clock = new ManualClock();
  const events: LiveEvent[] = [];
  const ending = new AbortController();
  const session = new ServiceSession({
    engine: engine as unknown as Engine,
    project: 'shop',
    service,
    stopGraceMs: undefined,
    rules,
    nodes,
    clock,
    confirm,
    openSource: sourceOf(name => {
      const node = nodes.get(name);
      return node?.kind === 'file' ? Buffer.from(node.sha256) : undefined;
    }),
    openTransport: (_, { id }, { openSource }) =>
      container?.id === id
        ? Promise.resolve(container.openTransport(openSource))
        : Promise.reject(new Error(`${id} is no container of the service`)),
    onNewNames: () => undefined,
    onRebuild,
    report: event => void events.push(event),
  });
  prepare(session);
  const running = session.run(ending.signal);
  running.catch(() => undefined);
  return {
    session,
    clock,
    events,
    get container() {
      return container;
    },
    set container(next) {
      container = next;
    },
    edit(name, content) {
      const before = nodes.get(name);
      nodes.set(name, fileOf(content));
      session.add(new Map([[name, before]]), clock.nowMs());
    },
    remove(names) {
      const changed = new Map(names.map(name => [name, nodes.get(name)]));
      for (const name of names) nodes.delete(name);
      session.add(changed, clock.nowMs());
    },
    next: (type, from = 0) =>
      clock.until(() => {
        const found = events.slice(from).find(it => it.type === type);
        if (found === undefined) throw new Error(`no ${type} in ${JSON.stringify(events)}`);
        return found as LiveEvent & { type: typeof type };
      }),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await running.catch(() => undefined);
    },
  };
}
