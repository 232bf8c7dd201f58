import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import type { ServiceRules } from '../../../../src/sync/decide/decide.ts';
import { openTransport } from '../../../../src/sync/container/open-transport.ts';
import { ServiceSession, type ServiceSessionOptions } from '../../../../src/sync/service/service-session.ts';
import type { Node } from '../../../../src/sync/tree/node.ts';
import { sourceOf } from '../../../support/model-container.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const rules: ServiceRules = {
  recipe: { steps: [], otherSteps: [], entrypoint: [], command: [], workingDirectory: '/' },
  watch: [
    {
      action: 'sync',
      path: '/project/conf',
      target: '/run/conf',
      exec: undefined,
      ignore: [],
      include: [],
      isSyncedAtStart: undefined,
    },
  ],
  contextDirectory: '/project',
  buildFiles: [],
  effect: 'none',
  programFiles: [],
};
const conf: Node = { kind: 'file', isExecutable: false, sizeBytes: 1, sha256: 'x' };

const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web', 'os.made': '1' };
const container = { imageId: 'image', state: 'running', createdS: 1, name: 'shop-web-1', labels };

const usual = {
  openTransport,
  project: 'shop',
  service: 'web',
  stopGraceMs: undefined,
  confirm: undefined,
  onNewNames: () => undefined,
} satisfies Partial<ServiceSessionOptions>;

const idOf = (made: number): string => made.toString().padStart(12, '0');

/** A container without a shell, which has none of the files yet. */
const emptyContainer = {
  openExec: () => Promise.reject(new OsError('engine-refused', 'there is no shell')),
  getContainer: () => Promise.resolve({ mounts: [], user: '' }),
  statPath: () => Promise.resolve(undefined),
  getArchive: () => Promise.reject(new OsError('engine-missing', 'nothing is there')),
};

describe('a service whose container can not take what a rule syncs', () => {
  let made: number;
  let asked: string[];
  let failures: string[];
  let tags: string[];
  let isBuilding: boolean;
  let clock: ManualClock;
  let session: ServiceSession;
  let running: Promise<void>;
  let ending: AbortController;

  beforeEach(() => {
    made = 1;
    asked = [];
    failures = [];
    tags = ['shop_web:latest'];
    isBuilding = true;
    ending = new AbortController();
    clock = new ManualClock();
    const engine = {
      listContainers: () => Promise.resolve([{ ...container, id: idOf(made) }]),
      openExec: () => Promise.reject(new OsError('engine-refused', 'there is no shell')),
      getContainer: () => Promise.resolve({ mounts: [{ type: 'tmpfs', path: '/run' }], user: '' }),
      statPath: () => Promise.resolve(undefined),
      getArchive: () => Promise.reject(new OsError('engine-missing', 'nothing is there')),
      findImage: () => Promise.resolve({ id: 'image', tags }),
      tagImage: (_: string, { repository, tag }: { readonly repository: string; readonly tag: string }) =>
        Promise.resolve(void tags.push(`${repository}:${tag}`)),
    } as unknown as Engine;
    session = new ServiceSession({
      ...usual,
      clock,
      engine,
      rules,
      nodes: new Map([['conf', conf]]),
      openSource: sourceOf(() => Buffer.from('x')),
      onRebuild(cause) {
        asked.push(cause);
        session.hold();
        if (asked.length > 5) return;
        session.beginBuild();
        // A push replaces a container that is marked, and no other.
        if (isBuilding && tags.includes(`shop_web:os-edited-${idOf(made)}`)) made += 1;
        session.release(isBuilding ? rules : undefined, undefined);
      },
      report(event) {
        if (event.type === 'sync-failed') failures.push(event.message);
      },
    });
    running = session.run(ending.signal);
    running.catch(() => undefined);
  });

  afterEach(async () => {
    ending.abort();
    await running.catch(() => undefined);
  });

  const failed = (times: number): Promise<void> =>
    clock.until(() => assert.equal(failures.length, times, asked.join('\n')));
  const edit = (): void => session.add(new Map([['conf', undefined]]), 0);

  it('is built, then its container is replaced by a push once, which alone removes it, then the failure is reported', async () => {
    await failed(1);
    assert.match(failures[0] ?? '', /^\/run\/conf is on a tmpfs/);
    assert.deepEqual([asked.length, made], [2, 2]);
    edit();
    await failed(2);
    assert.deepEqual([asked.length, made], [2, 2]);
  });

  it('is not built again and again where that fails, but once for an edit', async () => {
    isBuilding = false;
    await failed(1);
    assert.equal(asked.length, 1);
    edit();
    await failed(2);
    assert.deepEqual([asked.length, made], [2, 1]);
  });
});

describe('a service that has ended', () => {
  it('is started again for an edit, and not for sources that are back as they were', async () => {
    const done: string[] = [];
    const engine = {
      listContainers: () => Promise.resolve([{ ...container, id: 'one', state: 'exited' }]),
      findImage: () => Promise.resolve(undefined),
      getContainer: () => Promise.resolve({ mounts: [], user: '' }),
      statPath: () => Promise.resolve(undefined),
      getArchive: () => Promise.reject(new OsError('engine-missing', 'nothing is there')),
      putArchive: () => Promise.resolve(),
      restartContainer: () => Promise.resolve(),
    } as unknown as Engine;
    const [clock, ending] = [new ManualClock(), new AbortController()];
    const nodes = new Map([['conf', conf]]);
    const session = new ServiceSession({
      ...usual,
      clock,
      engine,
      nodes,
      openSource: sourceOf(() => Buffer.from('x')),
      rules: { ...rules, watch: rules.watch.map(it => ({ ...it, action: 'sync+restart' })) },
      onRebuild: cause => assert.equal(cause, ''),
      report({ type }) {
        if (type !== 'decision') done.push(type);
      },
    });
    const running = session.run(ending.signal);
    running.catch(() => undefined);
    const isDone = (what: readonly string[]): Promise<void> =>
      clock.until(() => assert.deepEqual(done, what));
    session.waitFor('the sources are away');
    session.add(new Map(), 0);
    await isDone(['waiting', 'synced', 'in-sync']);
    nodes.set('conf', { ...conf, sha256: 'y' });
    session.add(new Map([['conf', conf]]), 0);
    await isDone(['waiting', 'synced', 'in-sync', 'synced', 'restarting', 'restarted']);
    ending.abort();
    await running.catch(() => undefined);
  });
});

describe('a session that ends while a rule syncs a new file', () => {
  it('has told the name before it sent the file, so that the next session knows what it may have brought', async () => {
    let isSending = false;
    const engine = {
      listContainers: () => Promise.resolve([{ ...container, id: 'one' }]),
      ...emptyContainer,
      findImage: () => Promise.resolve(undefined),
      putArchive: (_: string, __: unknown, signal: AbortSignal) => {
        isSending = true;
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
        );
      },
    } as unknown as Engine;
    const [clock, ending] = [new ManualClock(), new AbortController()];
    const nodes = new Map<string, Node>();
    const told: string[][] = [];
    const session: ServiceSession = new ServiceSession({
      ...usual,
      clock,
      engine,
      nodes,
      openSource: sourceOf(() => Buffer.from('x')),
      rules,
      onNewNames: () => void told.push([...session.listSyncedByRules(), String(isSending)]),
      onRebuild: cause => assert.equal(cause, ''),
      report: () => undefined,
    });
    const running = session.run(ending.signal);
    running.catch(() => undefined);
    await clock.until(() => assert.equal(session.state.is, 'in-sync'));
    nodes.set('conf', conf);
    session.add(new Map([['conf', undefined]]), 0);
    await clock.until(() => assert.equal(isSending, true));
    ending.abort();
    await running.catch(() => undefined);
    assert.deepEqual(told, [['conf', 'false']]);
    assert.deepEqual(session.listSyncedByRules(), ['conf']);
  });
});

describe('a service whose container another tool made', () => {
  it('is waited for, and the container is named and left alone', async () => {
    const { 'os.made': _, ...others } = labels;
    const engine = {
      listContainers: () =>
        Promise.resolve([{ ...container, id: 'one', name: 'shop-web-1\u001b[2J', labels: others }]),
    } as unknown as Engine;
    const [clock, ending] = [new ManualClock(), new AbortController()];
    const causes: string[] = [];
    const session = new ServiceSession({
      ...usual,
      clock,
      openTransport: () => Promise.reject(new Error('it is left alone')),
      engine,
      nodes: new Map(),
      openSource: sourceOf(() => undefined),
      rules,
      onRebuild: cause => assert.equal(cause, ''),
      report(event) {
        if (event.type === 'waiting') causes.push(event.cause);
      },
    });
    const running = session.run(ending.signal);
    running.catch(() => undefined);
    await clock.until(() => assert.equal(session.state.is, 'detached'));
    ending.abort();
    await running.catch(() => undefined);
    assert.equal(causes.length, 1);
    assert.match(
      causes[0] ?? '',
      /^its container shop-web-1\S* was made by another tool, and is left alone$/,
    );
    assert.equal(causes[0]?.includes('\u001b'), false);
  });
});
