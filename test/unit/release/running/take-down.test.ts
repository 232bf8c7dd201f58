import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { takeDown, type Removed } from '../../../../src/release/running/control.ts';
import { renderRemoved } from '../../../../src/ui/answers/removed.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';

describe('taking a project down', () => {
  const ofProject = { [composeLabels.project]: 'shop', [composeLabels.service]: 'web' };
  const ours = { ...ofProject, [ourLabels.made]: '1' };
  const { signal } = new AbortController();
  let engine: FakeEngine;
  const add = (
    name: string,
    Labels: Readonly<Record<string, string>>,
    uses: { readonly networks?: readonly string[]; readonly binds?: readonly string[] } = {},
  ): Promise<string> => {
    const EndpointsConfig = Object.fromEntries((uses.networks ?? []).map(network => [network, {}]));
    return engine.createContainer(name, {
      Image: 'busybox',
      Labels,
      HostConfig: { Binds: uses.binds ?? [] },
      NetworkingConfig: { EndpointsConfig },
    });
  };
  const down = (removesVolumes = false): Promise<Removed> =>
    takeDown(engine.asEngine(), { project: 'shop', signal, removesVolumes });

  beforeEach(async () => {
    engine = new FakeEngine();
    engine.addImage('busybox');
    await engine.createNetwork({ Name: 'shop_default', Labels: ours });
    await engine.createVolume({ Name: 'shop_data', Labels: ours });
    await add('shop-web-1', ours, { networks: ['shop_default'], binds: ['shop_data:/data'] });
  });

  it('removes the containers and networks that os made, and volumes only if it is asked to', async () => {
    assert.deepEqual(await down(), {
      containers: ['shop-web-1'],
      networks: ['shop_default'],
      volumes: [],
      foreign: [],
      inUse: [],
    });
    assert.deepEqual([engine.containers.size, [...engine.networks.keys()]], [0, []]);
    assert.ok(engine.volumes.has('shop_data'));
    assert.deepEqual((await down(true)).volumes, ['shop_data']);
    assert.equal(engine.volumes.size, 0);
    const steps = engine.calls.filter(call => call.endsWith(' shop-web-1'));
    assert.deepEqual(steps, ['create shop-web-1', 'stop shop-web-1', 'remove shop-web-1']);
  });

  it('leaves a container of the same project that something else made, and names it', async () => {
    await add('shop-db-1', ofProject);
    const removed = await down();
    assert.deepEqual([removed.containers, removed.foreign], [['shop-web-1'], ['shop-db-1']]);
    assert.deepEqual(
      [...engine.containers.values()].map(({ name }) => name),
      ['shop-db-1'],
    );
    assert.deepEqual(renderRemoved({ project: 'shop', ...removed }).notes, [
      'left, as os did not make them: shop-db-1',
    ]);
  });

  it('leaves a network and a volume that a container of another project uses', async () => {
    await add('other-1', {}, { networks: ['shop_default'], binds: ['shop_data:/data'] });
    const removed = await down(true);
    assert.deepEqual([removed.networks, removed.volumes], [[], []]);
    assert.deepEqual(removed.inUse, ['shop_default', 'shop_data']);
    assert.ok(engine.networks.has('shop_default') && engine.volumes.has('shop_data'));
  });

  it('removes nothing more once it is interrupted', async () => {
    await add('shop-db-1', ours);
    const interruption = new AbortController();
    const stop = engine.stopContainer.bind(engine);
    engine.stopContainer = async id => {
      await stop(id);
      interruption.abort(new OsError('interrupted', 'interrupted'));
    };
    const request = { project: 'shop', signal: interruption.signal, removesVolumes: true };
    await assert.rejects(takeDown(engine.asEngine(), request), { code: 'interrupted' });
    assert.deepEqual([engine.containers.size, engine.networks.size, engine.volumes.size], [1, 1, 1]);
  });

  it('leaves a volume of the name that the project did not make', async () => {
    await engine.createVolume({ Name: 'shop_photos', Labels: {} });
    assert.deepEqual((await down(true)).volumes, ['shop_data']);
    assert.ok(engine.volumes.has('shop_photos'));
  });
});
