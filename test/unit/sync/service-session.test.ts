import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/clock.ts';
import { OsError } from '../../../src/core/errors.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { ServiceRules } from '../../../src/sync/decide/decide.ts';
import { ServiceSession } from '../../../src/sync/session/service-session.ts';
import type { Node } from '../../../src/sync/tree/node.ts';
import { eventually } from '../../support/eventually.ts';

const rules: ServiceRules = {
  recipe: { steps: [], otherSteps: [], entrypoint: [], command: [], workingDirectory: '/' },
  watch: [
    {
      ...{ action: 'sync', path: '/project/conf', target: '/run/conf', exec: undefined },
      ...{ ignore: [], include: [], isSyncedAtStart: undefined },
    },
  ],
  ...{ contextDirectory: '/project', buildFiles: [], effect: 'none', programFiles: [] },
};
const conf: Node = { kind: 'file', isExecutable: false, sizeBytes: 1, sha256: 'x' };

const container = { imageId: 'image', state: 'running', createdS: 1 };

describe('a service whose container can not take what a rule brings', () => {
  let made: number;
  let asked: string[];
  let failures: string[];
  let isBuilding: boolean;
  let session: ServiceSession;
  let running: Promise<void>;
  let ending: AbortController;

  beforeEach(() => {
    made = 1;
    asked = [];
    failures = [];
    isBuilding = true;
    ending = new AbortController();
    const engine = {
      listContainers: () => Promise.resolve([{ ...container, id: made.toString() }]),
      openExec: () => Promise.reject(new OsError('engine-refused', 'there is no shell')),
      getContainer: () => Promise.resolve({ mounts: [{ type: 'tmpfs', path: '/run' }] }),
      getArchive: () => Promise.reject(new OsError('engine-missing', 'nothing is there')),
      removeContainer: () => Promise.resolve(void (made += 1)),
    } as unknown as Engine;
    session = new ServiceSession({
      ...{ engine, project: 'shop', service: 'web', stopGraceMs: undefined, rules, confirm: undefined },
      ...{ nodes: new Map([['conf', conf]]), readFile: () => Promise.resolve(Buffer.from('x')) },
      clock: systemClock,
      onRebuild(cause) {
        asked.push(cause);
        session.hold();
        if (asked.length > 5) return;
        session.beginBuild();
        session.release(isBuilding ? rules : undefined, undefined);
      },
      report(event) {
        if (event.type === 'failed') failures.push(event.message);
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
    eventually(() => assert.equal(failures.length, times, asked.join('\n')), 3000);
  const edit = (): void => session.add(new Map([['conf', undefined]]), 0);

  it('is built, and made anew once, and then it is told', async () => {
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
      getContainer: () => Promise.resolve({ mounts: [] }),
      getArchive: () => Promise.reject(new OsError('engine-missing', 'nothing is there')),
      putArchive: () => Promise.resolve(),
      restartContainer: () => Promise.resolve(),
    } as unknown as Engine;
    const ending = new AbortController();
    const nodes = new Map([['conf', conf]]);
    const session = new ServiceSession({
      ...{ engine, project: 'shop', service: 'web', stopGraceMs: undefined, confirm: undefined, nodes },
      readFile: () => Promise.resolve(Buffer.from('x')),
      rules: { ...rules, watch: rules.watch.map(it => ({ ...it, action: 'sync+restart' })) },
      clock: systemClock,
      onRebuild: cause => assert.equal(cause, ''),
      report({ type }) {
        if (type !== 'decided') done.push(type);
      },
    });
    const running = session.run(ending.signal);
    running.catch(() => undefined);
    const isDone = (what: readonly string[]): Promise<void> =>
      eventually(() => assert.deepEqual(done, what), 3000);
    session.waitFor('the sources are away');
    session.add(new Map(), 0);
    await isDone(['waiting', 'synced', 'watching']);
    nodes.set('conf', { ...conf, sha256: 'y' });
    session.add(new Map([['conf', conf]]), 0);
    await isDone(['waiting', 'synced', 'watching', 'synced', 'restarting', 'restarted']);
    ending.abort();
    await running.catch(() => undefined);
  });
});
