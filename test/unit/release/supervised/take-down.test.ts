import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import type { Removed } from '../../../../src/release/running/control.ts';
import { takeDownSupervised } from '../../../../src/release/supervised/take-down.ts';
import type { Supervisor } from '../../../../src/supervisor/client/supervisor.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';

/** As a real one, it removes no volume that a container uses. */
class StrictEngine extends FakeEngine {
  override async removeVolume(name: string): Promise<void> {
    const user = (await this.listContainers({})).find(({ mounts }) => mounts.some(it => it.name === name));
    if (user !== undefined) throw new OsError('engine-conflict', `volume is in use - [${user.name}]`);
    await super.removeVolume(name);
  }
}

describe('taking down a project that the supervisor runs', () => {
  const ours = {
    [composeLabels.project]: 'shop',
    [composeLabels.service]: 'web',
    [ourLabels.made]: '1',
  };
  const supervised = { ...ours, 'io.balena.supervised': 'true', 'io.balena.app-id': '7' };
  const { signal } = new AbortController();
  let engine: StrictEngine;
  const add = (
    name: string,
    Labels: Readonly<Record<string, string>>,
    binds: readonly string[],
    networks: readonly string[] = [],
  ): Promise<string> =>
    engine.createContainer(name, {
      Image: 'busybox',
      Labels,
      HostConfig: { Binds: binds },
      NetworkingConfig: { EndpointsConfig: Object.fromEntries(networks.map(it => [it, {}])) },
    });
  const supervisor = {
    changeTarget: async () => {
      for (const { id, body } of [...engine.containers.values()])
        if (body.Labels['io.balena.app-id'] === '7') await engine.removeContainer(id);
    },
    hasFailedUpdate: () => Promise.resolve(false),
    readApplyState: () => Promise.resolve({ isApplying: false, containers: new Map() }),
    async *followLogs() {
      // It prints nothing.
    },
  } as unknown as Supervisor;
  const down = (removesVolumes: boolean): Promise<Removed> =>
    takeDownSupervised(
      engine.asEngine(),
      {
        ...{ project: 'shop', appId: 7, removesVolumes, signal, overridesLocks: false },
        onWarning: text => assert.fail(text),
        onLock: ({ message }) => assert.fail(message),
      },
      { supervisor, lockHolderOf: () => undefined },
    );

  beforeEach(async () => {
    engine = new StrictEngine();
    engine.addImage('busybox');
    for (const Name of ['7_data', '7_shared'])
      await engine.createVolume({ Name, Labels: { 'io.balena.supervised': 'true' } });
    await add('web_1_1_abc', supervised, ['7_data:/data', '7_shared:/shared'], ['7_default']);
  });

  it('leaves with --volumes a volume that a container of somebody else uses, and names it', async () => {
    await add('backup', {}, ['7_shared:/backup']);
    assert.deepEqual(await down(true), {
      ...{ containers: ['web_1_1_abc'], networks: ['7_default'], volumes: ['7_data'] },
      ...{ foreign: [], inUse: ['7_shared'] },
    });
    assert.deepEqual([...engine.volumes.keys()], ['7_shared']);
  });

  it('waits as long as its services may take to end, and a minute', async () => {
    const clock = new ManualClock();
    const slow: Supervisor['changeTarget'] = () => Promise.resolve();
    await engine.createContainer('db_1_1_abc', {
      ...{ Image: 'busybox', Labels: supervised, HostConfig: {}, StopTimeout: 120 },
    });
    const ended = takeDownSupervised(
      engine.asEngine(),
      {
        ...{ project: 'shop', appId: 7, removesVolumes: false, signal, overridesLocks: false, clock },
        onWarning: text => assert.fail(text),
        onLock: ({ message }) => assert.fail(message),
      },
      { supervisor: { ...supervisor, changeTarget: slow }, lockHolderOf: () => undefined },
    );
    const failures: unknown[] = [];
    ended.catch((error: unknown) => failures.push(error));
    await clock.advance(170_000);
    assert.equal(failures.length, 0);
    await clock.advance(20_000);
    const [failure] = failures;
    assert.ok(failure instanceof OsError);
    assert.match(failure.message, /the supervisor has not removed .*db_1_1_abc.* in 180 s$/);
  });

  it('leaves nothing of what a supervisor still creates for the target of a push that was killed', async () => {
    engine.containers.clear();
    const clock = new ManualClock();
    const state = { isApplying: true };
    const applying = {
      ...supervisor,
      changeTarget: () => Promise.resolve(),
      readApplyState: () => Promise.resolve({ ...state, containers: new Map() }),
    };
    let hasEnded = false;
    const ended = takeDownSupervised(
      engine.asEngine(),
      {
        ...{ project: 'shop', appId: 7, removesVolumes: true, signal, overridesLocks: false, clock },
        onWarning: text => assert.fail(text),
        onLock: ({ message }) => assert.fail(message),
      },
      { supervisor: applying, lockHolderOf: () => undefined },
    );
    ended.then(
      () => (hasEnded = true),
      () => undefined,
    );
    await clock.advance(1000);
    await engine.createVolume({ Name: '7_late', Labels: { 'io.balena.supervised': 'true' } });
    await add('web_1_1_abc', supervised, ['7_late:/late'], ['7_default']);
    await clock.advance(1000);
    assert.equal(hasEnded, false);
    await supervisor.changeTarget(() => assert.fail(), signal);
    state.isApplying = false;
    await clock.passUntil(ended, 200);
  });

  it('says on Ctrl-C that the supervisor goes on with it, where the target is posted already', async () => {
    for (const isPosted of [true, false]) {
      const interruption = new AbortController();
      const warnings: string[] = [];
      const interrupt = (): Promise<never> => {
        interruption.abort(new OsError('interrupted', 'interrupted'));
        return Promise.reject(new OsError('interrupted', 'interrupted'));
      };
      const waiting = {
        ...supervisor,
        changeTarget: isPosted ? () => Promise.resolve() : interrupt,
        readApplyState: () => Promise.resolve({ isApplying: true, containers: new Map<string, string>() }),
      };
      const ended = takeDownSupervised(
        engine.asEngine(),
        {
          ...{ project: 'shop', appId: 7, removesVolumes: true, signal: interruption.signal },
          ...{ overridesLocks: false, clock: new ManualClock() },
          onWarning: text => warnings.push(text),
          onLock: ({ message }) => assert.fail(message),
        },
        { supervisor: waiting, lockHolderOf: () => undefined },
      );
      const rejected = assert.rejects(ended, { code: 'interrupted' });
      await new Promise(setImmediate);
      if (isPosted) await interrupt().catch(() => undefined);
      await rejected;
      assert.deepEqual(
        warnings,
        isPosted ? ['the supervisor goes on removing shop; another push keeps it'] : [],
      );
    }
  });

  it('does not wait for long for a supervisor that calls no target applied, or is starting', async () => {
    for (const state of [
      () => Promise.resolve({ isApplying: true, containers: new Map<string, string>() }),
      () => Promise.reject(new OsError('device-unreachable', 'it refuses the connection')),
    ]) {
      const clock = new ManualClock();
      const ended = takeDownSupervised(
        engine.asEngine(),
        {
          ...{ project: 'shop', appId: 7, removesVolumes: true, signal, overridesLocks: false, clock },
          onWarning: text => assert.fail(text),
          onLock: ({ message }) => assert.fail(message),
        },
        { supervisor: { ...supervisor, readApplyState: state }, lockHolderOf: () => undefined },
      );
      await clock.passUntil(ended, 1000);
      assert.ok(clock.nowMs() < 15_000);
    }
  });

  it('ends the wait of a supervisor that was failing to apply its last target, and says if a lock forbids that', async () => {
    const clock = new ManualClock();
    for (const refusal of [undefined, new OsError('busy', 'db holds the update lock')]) {
      await add('web_2_1_abc', supervised, []);
      const calls: string[] = [];
      const warnings: string[] = [];
      const locks: string[] = [];
      let remove = (): Promise<void> => Promise.resolve();
      const waiting = {
        ...supervisor,
        hasFailedUpdate: () => Promise.resolve(true),
        changeTarget: () => {
          calls.push('post');
          remove = () => supervisor.changeTarget(() => assert.fail(), signal);
          return Promise.resolve();
        },
        restartApp: async (id: number) => {
          calls.push(`restart ${id.toString()}`);
          if (refusal !== undefined) throw refusal;
          await remove();
        },
      };
      const ended = takeDownSupervised(
        engine.asEngine(),
        {
          ...{ project: 'shop', appId: 7, removesVolumes: false, signal, overridesLocks: false, clock },
          onWarning: text => warnings.push(text),
          onLock: ({ message }) => locks.push(message),
        },
        { supervisor: waiting, lockHolderOf: () => undefined },
      );
      if (refusal !== undefined) {
        await clock.advance(30_000);
        await remove();
      }
      await clock.passUntil(ended, 1000);
      assert.deepEqual(calls, ['post', 'restart 7']);
      const end = refusal === undefined ? 'its wait is ended' : 'its wait goes on';
      assert.deepEqual(warnings, [`the supervisor was failing to apply its last target; ${end}`]);
      assert.deepEqual(
        locks,
        refusal === undefined ? [] : ['db holds the update lock; --force overrides it'],
      );
    }
  });

  it('names the update lock that the supervisor named only as it was asked to end its wait', async () => {
    const clock = new ManualClock();
    const locks: string[] = [];
    const waiting = {
      ...supervisor,
      hasFailedUpdate: () => Promise.resolve(true),
      changeTarget: () => Promise.resolve(),
      restartApp: () => Promise.reject(new OsError('busy', 'db holds the update lock')),
    };
    const ended = takeDownSupervised(
      engine.asEngine(),
      {
        ...{ project: 'shop', appId: 7, removesVolumes: false, signal, overridesLocks: false, clock },
        onWarning: () => undefined,
        onLock: ({ message }) => locks.push(message),
      },
      { supervisor: waiting, lockHolderOf: () => undefined },
    );
    await assert.rejects(clock.passUntil(ended, 1000), {
      code: 'busy',
      message: 'db holds the update lock',
      hint: 'the target is posted and applied once the lock is released; --force overrides the lock',
    });
    assert.equal(locks.length, 1);
  });

  it('removes with it what the engine has of the project, and leaves what others made', async () => {
    await engine.createNetwork({ Name: 'shop_default', Labels: ours });
    await engine.createVolume({ Name: 'shop_data', Labels: ours });
    await add('shop-db-1', { ...ours, [composeLabels.service]: 'db' }, ['shop_data:/d'], ['shop_default']);
    await add('theirs', { [composeLabels.project]: 'shop' }, []);
    const removed = await down(false);
    assert.deepEqual(removed.containers, ['web_1_1_abc', 'shop-db-1']);
    assert.deepEqual([removed.networks, removed.volumes], [['7_default', 'shop_default'], []]);
    assert.deepEqual(removed.foreign, ['theirs']);
    assert.deepEqual([...engine.volumes.keys()], ['7_data', '7_shared', 'shop_data']);
  });
});
