import assert from 'node:assert/strict';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { openProjectLock } from '../../../../src/release/lease/project-lock.ts';
import {
  applyLeftoversPurge,
  describeLeftovers,
  findLeftovers,
  planLeftoversPurge,
} from '../../../../src/release/running/purge-leftovers.ts';
import { LockableEngine } from '../../../support/lockable-engine.ts';

const ours = { [composeLabels.project]: 'shop', [ourLabels.made]: '1' };
const supervised = { 'io.balena.supervised': 'true' };
const identity = { project: 'shop', appId: 12 };

describe('what a move between the engine and the supervisor leaves', () => {
  const { signal } = new AbortController();
  let engine: LockableEngine;
  const add = (name: string, Labels: Readonly<Record<string, string>>, ...Binds: string[]): Promise<string> =>
    engine.createContainer(name, { Image: 'busybox', Labels, HostConfig: { Binds } });
  const runsUnder = (runner: 'engine' | 'supervisor'): Promise<string> =>
    runner === 'engine'
      ? add('shop-web-1', ours, 'shop_data:/data')
      : add('web_1_1_abc', { ...ours, ...supervised }, '12_data:/data');

  beforeEach(async () => {
    engine = new LockableEngine();
    engine.addImage('busybox');
    for (const [Name, Labels] of [
      ['shop_data', ours],
      ['shop_photos', {}],
      ['shop_theirs', { [composeLabels.project]: 'shop' }],
      ['shop2_data', { ...ours, [composeLabels.project]: 'shop2' }],
      ['12_data', supervised],
      ['12_mine', {}],
      ['123_data', supervised],
      ['1_data', supervised],
    ] as const)
      await engine.createVolume({ Name, Labels });
  });

  it('is found by the id of its app, or by its labels, and said with the line that removes it', async () => {
    await runsUnder('engine');
    const left = await findLeftovers(engine.asEngine(), identity, 'engine', signal);
    assert.equal(
      describeLeftovers(left, identity, 'engine', 'kitchen'),
      'its data of before stays, for a move back to the supervisor: 12_data; `os purge kitchen --project shop --leftovers` removes it',
    );
    assert.deepEqual(await findLeftovers(engine.asEngine(), identity, 'supervisor', signal), []);
    assert.equal(describeLeftovers([], identity, 'engine', 'kitchen'), undefined);
  });

  for (const [runner, leftover] of [
    ['engine', '12_data'],
    ['supervisor', 'shop_data'],
  ] as const)
    it(`is removed, and nothing else, where the ${runner} runs the project now`, async () => {
      await runsUnder(runner);
      const before = [...engine.volumes.keys()];
      const plan = await planLeftoversPurge(engine.asEngine(), identity, signal);
      assert.deepEqual(plan, { project: 'shop', volumes: [leftover], containers: [], inUse: [] });
      const purged = await applyLeftoversPurge(engine.asEngine(), identity, plan, signal);
      assert.deepEqual(purged, plan);
      assert.deepEqual(
        [...engine.volumes.keys()],
        before.filter(name => name !== leftover),
      );
      assert.equal(engine.containers.size, 1);
    });

  it('stays where a container of anybody uses it', async () => {
    await runsUnder('engine');
    await add('backup', {}, '12_data:/backup');
    assert.deepEqual((await planLeftoversPurge(engine.asEngine(), identity, signal)).volumes, []);
  });

  it('stays where the project was moved back while the person was asked: it is its data by then', async () => {
    const id = await runsUnder('engine');
    const plan = await planLeftoversPurge(engine.asEngine(), identity, signal);
    await engine.removeContainer(id);
    await runsUnder('supervisor');
    const { volumes, inUse } = await applyLeftoversPurge(engine.asEngine(), identity, plan, signal);
    assert.deepEqual([volumes, inUse], [[], ['12_data']]);
    assert.ok(engine.volumes.has('12_data'));
  });

  it('stays during a push to the project', async () => {
    await runsUnder('engine');
    const plan = await planLeftoversPurge(engine.asEngine(), identity, signal);
    await using _push = await openProjectLock(engine.asEngine(), 'shop', { signal });
    await assert.rejects(applyLeftoversPurge(engine.asEngine(), identity, plan, signal), { code: 'busy' });
    assert.ok(engine.volumes.has('12_data'));
  });

  it('cannot be told from the data of a project that was taken down', async () => {
    await assert.rejects(planLeftoversPurge(engine.asEngine(), identity, signal), {
      code: 'usage',
      hint: 'remove all of its data: os down DEVICE --project shop --volumes',
    });
  });
});
