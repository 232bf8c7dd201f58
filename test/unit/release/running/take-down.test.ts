import assert from 'node:assert/strict';
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
    assert.ok(engine.volumes.has('shop_data'));
    assert.deepEqual((await down(true)).volumes, ['shop_data']);
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

  it('leaves a volume of the name that the project did not make', async () => {
    await engine.createVolume({ Name: 'shop_photos', Labels: {} });
    assert.deepEqual((await down(true)).volumes, ['shop_data']);
    assert.ok(engine.volumes.has('shop_photos'));
  });
});
