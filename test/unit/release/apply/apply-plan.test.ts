import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { Project } from '../../../../src/project/project.ts';
import { applyPlan } from '../../../../src/release/apply/apply-plan.ts';
import type { PushEvent } from '../../../../src/release/apply/events.ts';
import { observeRelease } from '../../../../src/release/plan/observe.ts';
import { planRelease } from '../../../../src/release/plan/plan-release.ts';
import type { Plan } from '../../../../src/release/plan/plan.ts';
import { after, desire, mount, network, networkUse, project, service } from '../../../support/composition.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';

const { signal } = new AbortController();
const interruption = new OsError('interrupted', 'interrupted');

/** An engine with `busybox` on it, and the plan of a push of `it` to it. */
async function planOn(it: Project, engine = new FakeEngine()): Promise<{ engine: FakeEngine; plan: Plan }> {
  engine.addImage('busybox');
  const desired = await desire(it);
  const observed = await observeRelease(engine.asEngine(), desired, signal);
  const knownServices = it.services.map(({ name }) => name);
  const plan = planRelease(desired, observed, { knownServices, removesOrphans: true, makesImages: true });
  return { engine, plan };
}

const apply = (plan: Plan, engine: FakeEngine, ending = signal): Promise<PushEvent[]> => {
  const events: PushEvent[] = [];
  const report = (event: PushEvent): void => void events.push(event);
  return applyPlan(plan, { engine: engine.asEngine(), report, signal: ending }).then(() => events);
};

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
};

describe('carrying out the plan of a push', () => {
  it('starts a service once that which it depends on has started', async () => {
    const { engine, plan } = await planOn(
      project([service('db'), service('web', { dependsOn: [after('db')] })]),
    );
    const start = engine.startContainer.bind(engine);
    engine.startContainer = async id => {
      if (engine.containers.get(id)?.name === 'shop-db-1') await turns();
      await start(id);
    };
    await apply(plan, engine);
    const starts = engine.calls.filter(call => call.startsWith('start '));
    assert.deepEqual(starts, ['start shop-db-1', 'start shop-web-1']);
  });

  it('begins nothing more after a service that cannot be started', async () => {
    const { engine, plan } = await planOn(
      project([service('db'), service('web', { dependsOn: [after('db')] })]),
    );
    engine.broken.add('busybox');
    await assert.rejects(apply(plan, engine), { code: 'service-failed' });
    assert.ok(engine.calls.includes('create shop-db-1'));
    assert.ok(!engine.calls.includes('create shop-web-1'));
  });

  it('begins nothing more once it is interrupted, whichever step it is at', async () => {
    const networks = [networkUse('default'), networkUse('other')];
    const it = project(
      [service('web', { mounts: [mount('data')], networking: { mode: 'networks', networks } })],
      { networks: [network('default'), network('other')] },
    );
    for (const [method, done] of [
      ['createNetwork', ['create network shop_default']],
      [
        'createVolume',
        ['create network shop_default', 'create network shop_other', 'create volume shop_data'],
      ],
    ] as const) {
      const { engine, plan } = await planOn(it);
      const ending = new AbortController();
      const create = engine[method].bind(engine) as (body: never) => Promise<never>;
      engine[method] = async (body: unknown): Promise<never> => {
        const made = await create(body as never);
        ending.abort(interruption);
        return made;
      };
      await assert.rejects(apply(plan, engine, ending.signal), { code: 'interrupted' });
      assert.deepEqual(engine.calls, done);
    }
  });

  it('removes no further orphan once it is interrupted', async () => {
    const { engine, plan: first } = await planOn(project([service('web'), service('a'), service('b')]));
    await apply(first, engine);
    const { plan } = await planOn(project([service('web')]), engine);
    const ending = new AbortController();
    const remove = engine.removeContainer.bind(engine);
    engine.removeContainer = async id => {
      await remove(id);
      ending.abort(interruption);
    };
    await assert.rejects(apply(plan, engine, ending.signal), { code: 'interrupted' });
    assert.equal(engine.containers.size, 2);
  });

  it('names the network that the engine refuses, and what to do where it has fixed addresses', async () => {
    const subnet = { driver: undefined, options: {}, pools: [] } as never;
    for (const [ipam, hint] of [
      [undefined, undefined],
      [subnet, 'choose a subnet that no other network of the device has'],
    ] as const) {
      const { engine, plan } = await planOn(
        project([service('web')], { networks: [network('default', { ipam })] }),
      );
      engine.createNetwork = () => Promise.reject(new OsError('engine-refused', 'it overlaps'));
      const message = 'cannot create network shop_default: it overlaps';
      await assert.rejects(apply(plan, engine), { code: 'service-failed', message, hint });
      engine.createNetwork = () => Promise.reject(new OsError('connection-lost', 'it is gone'));
      await assert.rejects(apply(plan, engine), { code: 'connection-lost', message: 'it is gone' });
    }
  });
});
