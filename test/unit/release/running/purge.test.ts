import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { openProjectLock } from '../../../../src/release/lease/project-lock.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { applyPurge, planPurge } from '../../../../src/release/running/purge.ts';
import { describePurge } from '../../../../src/ui/answers/purge.ts';
import { LockableEngine } from '../../../support/lockable-engine.ts';

const of = (project: string) => ({ [composeLabels.project]: project, [ourLabels.made]: '1' });

describe("a purge of a project's data", () => {
  const { signal } = new AbortController();
  let engine: LockableEngine;
  const add = (name: string, Labels: Readonly<Record<string, string>>, ...Binds: string[]): Promise<string> =>
    engine.createContainer(name, { Image: 'busybox', Labels, HostConfig: { Binds } });

  beforeEach(async () => {
    engine = new LockableEngine();
    engine.addImage('busybox');
    for (const [Name, Labels] of [
      ['shop_data', of('shop')],
      ['shop_cache', of('shop')],
      ['shop2_data', of('shop2')],
      ['shop_photos', {}],
      ['shop_theirs', { [composeLabels.project]: 'shop' }],
    ] as const)
      await engine.createVolume({ Name, Labels });
    await add('shop-web-1', of('shop'), 'shop_data:/data');
    await add('shop-log-1', of('shop'));
    await add('shop2-web-1', of('shop2'), 'shop2_data:/data');
  });

  it('says by name what goes: its volumes and the containers that hold them', async () => {
    const plan = await planPurge(engine.asEngine(), 'shop', signal);
    assert.deepEqual(plan.volumes, ['shop_cache', 'shop_data']);
    assert.deepEqual(
      plan.containers.map(({ name }) => name),
      ['shop-web-1'],
    );
    assert.equal(
      describePurge(plan, 'kitchen.local'),
      'kitchen.local loses the volumes shop_cache, shop_data with all that is in them, and the containers shop-web-1',
    );
    assert.equal(engine.volumes.size, 5);
  });

  it('removes nothing while a push to the project is running', async () => {
    const plan = await planPurge(engine.asEngine(), 'shop', signal);
    await using _push = await openProjectLock(engine.asEngine(), 'shop', { signal });
    await assert.rejects(applyPurge(engine.asEngine(), plan, { signal }), { code: 'busy' });
    assert.ok(engine.volumes.has('shop_data'));
    assert.equal(engine.containers.size, 3);
  });

  it("removes that and nothing else: no other project's, none that os did not make", async () => {
    const plan = await planPurge(engine.asEngine(), 'shop', signal);
    const purged = await applyPurge(engine.asEngine(), plan, { signal });
    assert.deepEqual(purged, {
      project: 'shop',
      volumes: ['shop_cache', 'shop_data'],
      containers: ['shop-web-1'],
      inUse: [],
    });
    assert.deepEqual([...engine.volumes.keys()].sort(), ['shop2_data', 'shop_photos', 'shop_theirs']);
    assert.deepEqual([...engine.containers.values()].map(({ name }) => name).sort(), [
      'shop-log-1',
      'shop2-web-1',
    ]);
  });

  it('leaves a volume that a container of somebody else uses, and its own containers of it', async () => {
    await add('backup', {}, 'shop_data:/backup');
    const plan = await planPurge(engine.asEngine(), 'shop', signal);
    assert.deepEqual([plan.volumes, plan.containers, plan.inUse], [['shop_cache'], [], ['shop_data']]);
  });

  it('counts a container that another tool or another project made for somebody else, whatever its labels say', async () => {
    await add('shop-db-1', { [composeLabels.project]: 'shop' }, 'shop_data:/data');
    await add('shop2-db-1', of('shop2'), 'shop_cache:/cache');
    const plan = await planPurge(engine.asEngine(), 'shop', signal);
    assert.deepEqual([plan.volumes, plan.containers, plan.inUse], [[], [], ['shop_cache', 'shop_data']]);
    await applyPurge(engine.asEngine(), plan, { signal });
    assert.deepEqual([engine.volumes.size, engine.containers.size], [5, 5]);
  });

  it('leaves a volume that another has been made in place of while the person was asked', async () => {
    const plan = await planPurge(engine.asEngine(), 'shop', signal);
    engine.volumes.set('shop_cache', { name: 'shop_cache', labels: {} });
    const purged = await applyPurge(engine.asEngine(), plan, { signal });
    assert.deepEqual([purged.volumes, purged.inUse], [['shop_data'], ['shop_cache']]);
    assert.ok(engine.volumes.has('shop_cache'));
  });

  it('gives a service the time to stop before its container is removed', async () => {
    const plan = await planPurge(engine.asEngine(), 'shop', signal);
    const asked: unknown[] = [];
    const fake: Pick<Engine, 'removeContainer' | 'stopContainer'> = engine.asEngine();
    const { stopContainer, removeContainer } = fake;
    fake.stopContainer = (id, options) => {
      asked.push(options?.graceS);
      return stopContainer.call(engine, id);
    };
    fake.removeContainer = (id, options) => {
      asked.push(options?.volumes);
      return removeContainer.call(engine, id);
    };
    await applyPurge(engine.asEngine(), plan, { graceS: 30, signal });
    // Unnamed volumes of the container are not in the plan.
    assert.deepEqual(asked, [30, false]);
    const steps = engine.calls.filter(call => call.endsWith(' shop-web-1'));
    assert.deepEqual(steps, ['create shop-web-1', 'stop shop-web-1', 'remove shop-web-1']);
  });

  it('removes nothing more once it is interrupted', async () => {
    const plan = await planPurge(engine.asEngine(), 'shop', signal);
    const interruption = new AbortController();
    const remove = engine.removeVolume.bind(engine);
    engine.removeVolume = async name => {
      await remove(name);
      if (name === 'shop_cache') interruption.abort(new OsError('interrupted', 'interrupted'));
    };
    await assert.rejects(applyPurge(engine.asEngine(), plan, { signal: interruption.signal }), {
      code: 'interrupted',
    });
    assert.ok(engine.volumes.has('shop_data') && !engine.volumes.has('shop_cache'));
  });

  describe('that the supervisor runs', () => {
    const supervised = { ...of('shop'), 'io.balena.supervised': 'true', 'io.balena.app-id': '12' };
    const refusal = {
      code: 'usage',
      message: 'shop runs under the supervisor, and os purge wipes only what the engine runs',
      hint: 'remove it with its data by `os down DEVICE --project shop --volumes`, and push it again with --runner supervisor',
    };
    const moveToSupervisor = async (): Promise<void> => {
      for (const { id, name } of [...engine.containers.values()])
        if (name.startsWith('shop-')) await engine.removeContainer(id);
      await engine.createVolume({ Name: '12_data', Labels: { 'io.balena.supervised': 'true' } });
      await add('web_1_1_abc', supervised, '12_data:/data');
    };

    it('is refused with the way to it, and the copy of its data that the engine had stays', async () => {
      await moveToSupervisor();
      await assert.rejects(planPurge(engine.asEngine(), 'shop', signal), refusal);
      assert.equal(engine.volumes.size, 6);
    });

    it('is not taken for another project that it runs', async () => {
      await add('web_1_1_abc', { ...supervised, [composeLabels.project]: 'shop2' });
      assert.equal((await planPurge(engine.asEngine(), 'shop', signal)).volumes.length, 2);
    });

    it('is refused too where it was moved there while the person was asked', async () => {
      const plan = await planPurge(engine.asEngine(), 'shop', signal);
      await moveToSupervisor();
      await assert.rejects(applyPurge(engine.asEngine(), plan, { signal }), refusal);
      assert.equal(engine.volumes.size, 6);
    });
  });

  it('leaves a volume that somebody began to use while the person was asked', async () => {
    const plan = await planPurge(engine.asEngine(), 'shop', signal);
    await add('backup', {}, 'shop_cache:/backup');
    const purged = await applyPurge(engine.asEngine(), plan, { signal });
    assert.deepEqual([purged.volumes, purged.inUse], [['shop_data'], ['shop_cache']]);
    assert.ok(engine.volumes.has('shop_cache'));
  });
});
