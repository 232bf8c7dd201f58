import assert from 'node:assert/strict';
import { once } from 'node:events';
import { engineRunner } from '../../../../src/release/apply/engine-runner.ts';
import { push } from '../../../../src/release/apply/push.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import type { PushRequest } from '../../../../src/release/apply/push-request.ts';
import type { ServiceRunner } from '../../../../src/release/apply/service-runner.ts';
import { OsError } from '../../../../src/core/errors.ts';
import { markWhole } from '../../../../src/release/move/copy-marks.ts';
import type { VolumeCopy } from '../../../../src/release/move/copy-marks.ts';
import { project, service } from '../../../support/composition.ts';
import { LockableEngine } from '../../../support/lockable-engine.ts';
import { passTime } from '../../../support/pass-time.ts';
import { dependenciesWithoutBuilds } from '../../../support/push-in-process.ts';

const pushWith = (
  engine: LockableEngine,
  request: Partial<PushRequest> = {},
  supervised?: ServiceRunner,
): ReturnType<typeof push> =>
  push(
    {
      ...{ project: project([service('web')], { volumes: [] }), services: [], extent: 'all' },
      ...{ isCacheUsed: true, isPulled: false, removesOrphans: false, ...request },
    },
    dependenciesWithoutBuilds(engine.asEngine()),
    supervised ?? engineRunner,
  );

describe('a push that moves a project', () => {
  it('ends the move where another command has taken its lock meanwhile', async () => {
    const engine = new LockableEngine();
    engine.addImage('busybox');
    const bringOver = async (signal: AbortSignal): Promise<void> => {
      const [lock = assert.fail('no lock is held')] = [...engine.volumes.keys()];
      engine.volumes.set(lock, { name: lock, labels: { [ourLabels.lock]: 'of another' } });
      engine.dropListeners();
      if (!signal.aborted) await once(signal, 'abort');
      throw signal.reason as Error;
    };
    const pushing = passTime(() => pushWith(engine, { bringOver }));
    await assert.rejects(pushing, { code: 'busy', message: /while this one was cut off$/ });
    assert.ok(!engine.calls.includes('create shop-web-1'));
  });

  const supervised = {
    ...{ [composeLabels.project]: 'shop', [composeLabels.service]: 'web', [ourLabels.made]: '1' },
    ...{ [composeLabels.oneoff]: 'False', 'io.balena.supervised': 'true' },
  };
  const moved = async (Labels: Readonly<Record<string, string>>): Promise<LockableEngine> => {
    const engine = new LockableEngine();
    engine.addImage('busybox');
    await engine.createContainer('web_1', { Image: 'busybox', Labels, HostConfig: {} });
    engine.calls.length = 0;
    return engine;
  };
  const changes = ({ calls }: LockableEngine): string[] => calls.filter(it => !it.includes('os-lock-'));

  it('to another runner, by another command while this one was planned, is not undone by it', async () => {
    const engine = await moved(supervised);
    await assert.rejects(pushWith(engine), {
      ...{ code: 'busy', hint: 'nothing more is done; try again' },
      message: 'another os command has moved shop between the engine and the supervisor meanwhile',
    });
    assert.deepEqual(changes(engine), []);
  });

  it('that another command has moved already is not ended where it runs by now', async () => {
    const { 'io.balena.supervised': _, ...ours } = supervised;
    const engine = await moved(ours);
    const bringOver = (): Promise<void> => assert.fail('it is ended');
    await assert.rejects(pushWith(engine, { bringOver }), { code: 'busy' });
    assert.deepEqual(changes(engine), []);
  });

  it('that another command has started meanwhile is not copied while it writes to its volumes', async () => {
    for (const labels of [supervised, { ...supervised, 'io.balena.supervised': '' }]) {
      const engine = await moved(labels);
      const bringOver = (): Promise<void> => assert.fail('its volumes are copied');
      await assert.rejects(pushWith(engine, { bringOver, bringsOnlyData: true }), {
        ...{ code: 'busy', hint: 'nothing more is done; try again' },
        message: 'another os command has started shop meanwhile, whose data was to be copied',
      });
      assert.deepEqual(changes(engine), []);
    }
  });

  it('keeps the copies of a move that had left its runner, and runs the project with them', async () => {
    const engine = new LockableEngine();
    engine.addImage('busybox');
    const copy: VolumeCopy = { from: '7_data', to: { Name: 'shop_data', Labels: {} } };
    for (const name of ['7_data', 'shop_data'])
      engine.volumes.set(name, { name, labels: {}, createdAt: '2026-01-01T00:00:00Z' });
    await markWhole(engine.asEngine(), { project: 'shop', to: 'engine' }, [copy]);
    const run = (): Promise<void> => {
      assert.deepEqual([...engine.volumes.keys()].sort(), ['7_data', 'os-lock-shop', 'shop_data']);
      return Promise.resolve();
    };
    await pushWith(engine, {}, { ...engineRunner, run });
  });

  it('begins again one that had not left its runner: its copies are removed beforehand', async () => {
    const engine = await moved(supervised);
    const copy: VolumeCopy = { from: '7_data', to: { Name: 'shop_data', Labels: {} } };
    for (const name of ['7_data', 'shop_data'])
      engine.volumes.set(name, { name, labels: {}, createdAt: '2026-01-01T00:00:00Z' });
    await markWhole(engine.asEngine(), { project: 'shop', to: 'engine' }, [copy]);
    const seen: string[][] = [];
    const bringOver = (): Promise<void> => {
      seen.push([...engine.volumes.keys()].sort());
      return Promise.reject(new OsError('interrupted', 'far enough'));
    };
    await assert.rejects(pushWith(engine, { bringOver, copiesVolumes: false }), { code: 'interrupted' });
    await assert.rejects(pushWith(engine, { bringOver }), { code: 'interrupted' });
    assert.deepEqual(seen, [
      // A person chose them.
      ['7_data', 'os-copied-shop_data', 'os-lock-shop', 'shop_data'],
      ['7_data', 'os-lock-shop'],
    ]);
  });
});
