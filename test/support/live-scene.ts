/** A service in a live session over a container in memory, and a person who edits its sources at random. */
import assert from 'node:assert/strict';
import type { Engine } from '../../src/engine/engine.ts';
import type { LiveEvent } from '../../src/sync/events.ts';
import type { WatchRule } from '../../src/project/service.ts';
import { ServiceSession } from '../../src/sync/service/service-session.ts';
import type { Node } from '../../src/sync/tree/node.ts';
import { rulesOf } from './deciding.ts';
import { ManualClock } from './manual-clock.ts';
import { baseImage, copyInto, ModelContainer, resolveIn, sourceOf, type Files } from './model-container.ts';
import { RandomSources } from './random-sources.ts';

/** Rules of `develop.watch`: every one that matches acts, and what no COPY takes goes where they say. */
const watchRules: readonly Partial<WatchRule>[] = [
  { path: '/project/ruled', target: '/kept', ignore: ['c', '**/d'] },
  { path: '/project/ruled/b', target: '/kept/again', action: 'sync+restart' },
];

/** Where `watch` puts a name below `ruled/`. */
function ruledPlaces(name: string, watch: readonly unknown[]): string[] {
  const [, first = '', ...rest] = name.split('/');
  const isIgnored = first === 'c' || [first, ...rest].includes('d');
  return [
    ...(watch.length > 0 && !isIgnored ? [['/kept', first, ...rest].join('/')] : []),
    ...(watch.length > 1 && first === 'b' ? [['/kept/again', ...rest].join('/')] : []),
  ];
}

export class LiveScene {
  readonly sources: RandomSources;
  readonly events: LiveEvent[] = [];
  readonly #random: (limit: number) => number;
  readonly #watch: readonly Partial<WatchRule>[];
  readonly #clock = new ManualClock();
  readonly #removed: string[] = [];
  readonly #stop = new AbortController();
  container: ModelContainer;
  session: ServiceSession | undefined;
  running: Promise<void> = Promise.resolve();
  rebuilds = 0;
  #answer: ((isMeant: boolean) => void) | undefined;
  isPaused = false;
  #isConfirmed = false;
  #failure: unknown;
  #count = 0;

  constructor(random: (limit: number) => number) {
    this.#random = random;
    this.#watch = watchRules.slice(0, random(3));
    this.sources = new RandomSources(random, edit => this.#change(edit));
    this.sources.fill();
    this.container = this.#build();
  }

  async start(): Promise<void> {
    const rules = await rulesOf('FROM base\nCOPY app /srv/app\n', {
      resolve: at => at.replace('/srv', '/real'),
      watch: this.#watch,
    });
    const image = baseImage();
    const engine: Partial<Engine> = {
      getContainer: () => Promise.resolve({ user: '', mounts: [] } as never),
      listContainers: () => Promise.resolve([this.#summary() as never]),
      restartContainer: () => Promise.resolve(),
      tagImage: () => Promise.resolve(),
      removeImage: () => Promise.resolve(),
      findImage: () => Promise.resolve(undefined),
      readHistory: () =>
        Promise.resolve([
          { id: 'sha256:2', createdBy: 'COPY app /srv/app' },
          { id: 'sha256:1', createdBy: 'RUN true' },
        ]),
      createContainer: () => Promise.resolve('look'),
      removeContainer: id =>
        id === 'look' ? Promise.resolve() : Promise.reject(new Error(`${id} is removed`)),
      statPath(id, at) {
        assert.equal(id, 'look');
        const found = image.get(resolveIn(image, at))?.kind;
        return Promise.resolve(
          found === undefined ? undefined : { kind: found === 'directory' ? found : 'other' },
        );
      },
    };
    this.session = new ServiceSession({
      engine: engine as unknown as Engine,
      project: 'shop',
      service: 'web',
      stopGraceMs: undefined,
      rules,
      nodes: this.sources.files,
      clock: this.#clock,
      openSource: sourceOf(name => {
        const node = this.sources.files.get(name);
        return node?.kind === 'file' ? Buffer.from(node.sha256) : undefined;
      }),
      openTransport: (_, { id }, { openSource }) => {
        assert.equal(id, this.container.id);
        return Promise.resolve(this.container.openTransport(openSource));
      },
      confirm: (_, signal) =>
        new Promise(resolve => {
          this.#answer = resolve;
          signal.addEventListener('abort', () => resolve(false), { once: true });
        }),
      onNewNames: () => undefined,
      onRebuild: () => {
        this.session?.hold();
        this.session?.beginBuild();
        this.rebuilds += 1;
        this.container = this.#build();
        // What is edited while the image is built is in the container afterwards.
        if (this.#random(2) === 0) this.sources.editSome(1);
        this.session?.release(rules, undefined);
      },
      report: event => {
        this.events.push(event);
        if (event.type === 'sync-paused') this.isPaused = true;
        if (event.type === 'sync-resumed') this.isPaused = this.#isConfirmed = false;
      },
    });
    this.running = this.session.run(this.#stop.signal);
    this.running.catch((error: unknown) => (this.#failure = error));
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.running.catch(() => undefined);
  }

  #summary(): object {
    const labels = { 'com.docker.compose.service': 'web', 'os.made': '1' };
    return { id: this.container.id, imageId: 'sha256:2', state: 'running', name: 'shop-web-1', labels };
  }

  /** A new container; its program moves a directory away when it starts, and leaves a link. */
  #build(): ModelContainer {
    const files = baseImage();
    const app = new Map(
      [...this.sources.files].flatMap(([name, node]): [string, Node][] =>
        name === 'app' || name.startsWith('app/') ? [[name.slice(4), node]] : [],
      ),
    );
    copyInto(files, '/real/app', app);
    for (const [at, node] of [...files]) {
      if (!at.startsWith('/real/app/moved')) continue;
      files.delete(at);
      if (at !== '/real/app/moved') files.set(at.replace('/real/app/moved', '/var/moved'), node);
    }
    files.set('/real/app/moved', { kind: 'symlink', target: '/var/moved' });
    const container = new ModelContainer((this.#count++).toString(), files);
    container.onRemoved = at => {
      this.#removed.push(at);
      assert.ok(!this.isPaused || this.#isConfirmed, `${at} is removed during a pause`);
    };
    return container;
  }

  /** The files that the container has of the sources when it is in sync. */
  expected(): Files {
    const files = new Map<string, Node>();
    for (const [name, node] of this.sources.files) {
      if (name === 'ruled') continue;
      if (name.startsWith('ruled/')) {
        for (const at of ruledPlaces(name, this.#watch)) files.set(at, node);
        continue;
      }
      const at = `/real/${name}`.replace(/^\/real\/app\/moved\//, '/var/moved/');
      if (name !== 'app' && name !== 'app/moved') files.set(at, node);
    }
    return files;
  }

  /** What the container has and no image, besides what the program has made. */
  found(): Files {
    const nobodys = new Set([...baseImage().keys(), '/real/app/moved']);
    const { files } = this.container;
    return new Map(
      [...files].filter(([at]) => !nobodys.has(at) || (this.expected().has(at) && at !== '/real/app/moved')),
    );
  }

  get bystanders(): string[] {
    const { files } = this.container;
    const image = baseImage();
    const kept = ['/real/bystander', '/var/moved/bystander', '/real/app/own', '/kept/bystander'];
    return kept.filter(at => {
      const own = this.expected().get(at);
      return JSON.stringify(files.get(at)) !== JSON.stringify(own ?? image.get(at));
    });
  }

  confirm(): void {
    this.#isConfirmed = true;
    this.#answer?.(true);
  }

  /** A change to the sources and the session that hears of it, together or one after the other. */
  #change(edit: () => void): void {
    const before = new Map(this.sources.files);
    edit();
    const changed = new Map<string, Node | undefined>();
    for (const name of new Set([...before.keys(), ...this.sources.files.keys()]))
      if (JSON.stringify(before.get(name)) !== JSON.stringify(this.sources.files.get(name)))
        changed.set(name, before.get(name));
    if (changed.size > 0) this.session?.add(changed, this.#clock.nowMs());
  }

  loseConnection(afterChanges: number): void {
    this.container.changesLeft = afterChanges;
  }

  async settle(check: () => void): Promise<void> {
    let failure: unknown;
    for (let i = 0; i < 30; i++) {
      await this.#clock.advance(200);
      if (i === 1 && this.container.changesLeft !== Infinity) {
        this.container.changesLeft = Infinity;
        this.session?.handleConnectionEvent();
      }
      try {
        if (this.container.changesLeft === Infinity) {
          check();
          return;
        }
      } catch (error) {
        failure = error;
      }
    }
    throw this.#failure ?? failure;
  }
}
