import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { project, service } from '../../../support/composition.ts';
import { PlannedDevice } from '../../../support/planned-device.ts';

const before = project([service('web')]);
const after = project([service('web', { environment: { A: '1' } })]);
const isBusy = (): Promise<never> => Promise.reject(new OsError('engine-conflict', 'removal is in progress'));

describe('replacing a container', () => {
  /** A device on which `before` runs, and the id of its container. */
  const pushed = async (): Promise<{ device: PlannedDevice; old: string }> => {
    const device = new PlannedDevice();
    await device.push(before);
    const [old = ''] = device.fake.containers.keys();
    return { device, old };
  };
  const states = ({ fake }: PlannedDevice): (readonly [string, string])[] =>
    [...fake.containers.values()].map(({ name, state }) => [name, state]);
  /** Has the engine refuse to remove the containers that `isRefused` chooses. */
  const refuseRemoval = ({ fake }: PlannedDevice, isRefused: (id: string) => boolean): void => {
    const remove = fake.removeContainer.bind(fake);
    fake.removeContainer = id => (isRefused(id) ? isBusy() : remove(id));
  };

  it('keeps the new one, which runs, where the old one cannot be removed, and warns', async () => {
    const { device, old } = await pushed();
    refuseRemoval(device, id => id === old);
    await device.push(after);
    assert.deepEqual(states(device), [
      ['000000000000_shop-web-1', 'exited'],
      ['shop-web-1', 'running'],
    ]);
    const warnings = device.events.filter(({ type }) => type === 'warning');
    assert.deepEqual(warnings, [
      {
        type: 'warning',
        message:
          'web: the container 000000000000_shop-web-1, which is no longer used, cannot be removed: removal is in progress; the next push tries again',
      },
    ]);
  });

  it('leaves what cannot be removed to the next push, which goes on also where it still cannot be', async () => {
    const { device, old } = await pushed();
    let isRefused = true;
    refuseRemoval(device, id => isRefused && id === old);
    await device.push(after);
    // Ids of the fake engine begin alike, and so would the names.
    const left = device.fake.containers.get(old) ?? assert.fail();
    left.name = '0123456789ab_shop-web-1';
    const again = project([service('web', { environment: { A: '2' } })]);
    await device.push(again);
    assert.deepEqual(states(device), [
      ['0123456789ab_shop-web-1', 'exited'],
      ['shop-web-1', 'running'],
    ]);
    isRefused = false;
    await device.push(again);
    assert.deepEqual(states(device), [['shop-web-1', 'running']]);
    assert.equal(await device.plan(again), 'up to date\n');
  });

  it('undoes nothing that was not done', async () => {
    for (const [method, isFirst] of [
      ['createContainer', () => true],
      ['stopContainer', () => true],
      ['renameContainer', (name: string | undefined) => name === '000000000000_shop-web-1'],
    ] as const) {
      const { device, old } = await pushed();
      const act = device.fake[method].bind(device.fake) as (id: string, more: never) => Promise<never>;
      device.fake[method] = (id: string, more?: unknown): Promise<never> =>
        isFirst(more as string | undefined)
          ? Promise.reject(new OsError('engine-refused', 'not now'))
          : act(id, more as never);
      await assert.rejects(device.push(after), (error: OsError) => {
        assert.deepEqual([method, error.code, error.hint], [method, 'service-failed', undefined]);
        return true;
      });
      assert.deepEqual([device.fake.containers.size, states(device)], [1, [['shop-web-1', 'running']]]);
      const starts = device.fake.calls.filter(call => call === 'start shop-web-1').length;
      assert.equal(starts, method === 'createContainer' ? 1 : 2, method);
      assert.ok(device.fake.containers.has(old));
    }
  });

  it('that ends by a signal is no service that does not start', async () => {
    const { device } = await pushed();
    const terminated = new OsError('terminated', 'terminated');
    device.fake.startContainer = () => Promise.reject(terminated);
    await assert.rejects(device.push(after), terminated);
  });

  it('does not go on beside a second container of the service that runs and cannot be removed', async () => {
    const { device, old } = await pushed();
    const [container] = device.fake.containers.values();
    assert.ok(container !== undefined);
    device.fake.containers.set('second', { ...container, id: 'second', name: 'shop-web-2' });
    refuseRemoval(device, id => id === 'second');
    await assert.rejects(device.push(after), { code: 'service-failed' });
    assert.equal(device.fake.containers.get(old)?.state, 'running');
  });

  it('starts the old one again also where the new one does not start and cannot be removed, and tells why', async () => {
    const { device, old } = await pushed();
    device.fake.addImage('broken');
    device.fake.broken.add('broken');
    refuseRemoval(device, id => id !== old);
    await assert.rejects(device.push(project([service('web', { image: 'broken' })])), (error: unknown) => {
      assert.ok(error instanceof OsError);
      assert.equal(error.code, 'service-failed');
      assert.equal(error.message, 'web does not start: no such program');
      assert.equal(
        error.hint,
        'the old container is not restored as it was: cannot remove shop-web-1: removal is in progress, cannot rename 000000000000_shop-web-1 to shop-web-1: the name shop-web-1 is taken',
      );
      return true;
    });
    assert.equal(device.fake.containers.get(old)?.state, 'running');
    assert.ok(device.events.some(event => event.type === 'service' && event.state === 'restored'));
  });

  it('tells why the new one does not start, and does not claim the old one restored, where that fails too', async () => {
    const { device } = await pushed();
    device.fake.startContainer = () =>
      Promise.reject(new OsError('engine-refused', 'port is already allocated'));
    await assert.rejects(device.push(after), (error: unknown) => {
      assert.ok(error instanceof OsError);
      assert.equal(error.message, 'web does not start: port is already allocated');
      assert.match(error.hint ?? '', /cannot start shop-web-1: port is already allocated$/);
      return true;
    });
    assert.ok(!device.events.some(event => event.type === 'service' && event.state === 'restored'));
  });

  it('tells why the new one does not start also where the engine cannot be asked who has its port', async () => {
    const { device } = await pushed();
    device.fake.addImage('broken');
    device.fake.broken.add('broken');
    const list = device.fake.listContainers.bind(device.fake);
    device.fake.listContainers = labels =>
      device.fake.calls.includes('remove shop-web-1')
        ? Promise.reject(new OsError('engine-refused', 'the engine is out of order'))
        : list(labels);
    const ports = [{ hostIp: undefined, published: '8080', target: 80, protocol: 'tcp' as const }];
    await assert.rejects(device.push(project([service('web', { image: 'broken', ports })])), {
      message: 'web does not start: no such program',
    });
  });
});
