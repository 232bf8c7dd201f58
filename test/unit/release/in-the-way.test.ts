import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import type { Service } from '../../../src/project/service.ts';
import { network, project, service } from '../../support/composition.ts';
import { PlannedDevice as Device } from '../../support/planned-device.ts';

const lines = (...text: string[]): string => text.map(line => `${line}\n`).join('');
const web = (rest: Partial<Service> = {}): Service => service('web', rest);

describe('pushing to a device where something is in the way', () => {
  it('removes orphans before anything starts, as they may hold what the others need', async () => {
    const device = new Device();
    const ports = [{ target: 80, published: '8080', hostIp: undefined, protocol: 'tcp' as const }];
    await device.push(project([service('old', { ports })]));
    await assert.rejects(device.push(project([web({ ports })])), {
      code: 'service-failed',
      message: 'web does not start: port is already allocated',
      hint: 'port 8080 is published by shop-old-1: --remove-orphans removes it, where no service is behind it',
    });
    device.fake.calls.length = 0;
    await device.push(project([web({ ports })]), true);
    assert.deepEqual(device.fake.calls.slice(0, 3), [
      'stop shop-old-1',
      'remove shop-old-1',
      'create shop-web-1',
    ]);
    await assert.rejects(device.push(project([web({ ports })], { name: 'other' })), {
      hint: 'port 8080 is published by shop-web-1: `os down DEVICE --project shop` takes it down',
    });
  });

  it('puts nothing back that it has not touched, and tells what failed first', async () => {
    const device = new Device();
    await device.push(project([web()]));
    device.fake.calls.length = 0;
    device.fake.renameContainer = () => Promise.reject(new OsError('engine-refused', 'not now'));
    await assert.rejects(device.push(project([web({ environment: { A: '1' } })])), {
      message: 'web does not start: not now',
    });
    assert.deepEqual(device.fake.calls, [
      'create new_shop-web-1',
      'stop shop-web-1',
      'remove new_shop-web-1',
      'start shop-web-1',
    ]);
  });

  it('waits no longer than it is told for an old container to end', async () => {
    const device = new Device();
    const graces: unknown[] = [];
    const stopped = device.fake.stopContainer.bind(device.fake);
    device.fake.stopContainer = (id: string, options?: { graceS?: number | undefined }) => {
      graces.push(options?.graceS);
      return stopped(id);
    };
    await device.push(project([web()]));
    await device.push(project([web({ stopGracePeriodMs: 1000 })]), false, 2);
    await device.push(project([web({ stopGracePeriodMs: 30_000 })]), false, 2);
    await device.push(project([web()]), false, 2);
    await device.push(project([web({ environment: { A: '1' } })]));
    assert.deepEqual(graces, [1, 2, 2, undefined]);
  });

  it('lets a paused container go on', async () => {
    const device = new Device();
    await device.push(project([web()]));
    for (const container of device.fake.containers.values()) container.state = 'paused';
    assert.equal(await device.plan(project([web()])), lines('web: it is paused', '  unpause shop-web-1'));
    await device.push(project([web()]));
    assert.equal(await device.plan(project([web()])), 'up to date\n');
  });

  it('makes a container anew whose files a live session has changed', async () => {
    const device = new Device();
    await device.push(project([web()]));
    const [container] = device.fake.containers.values();
    device.fake.addImage(
      `busybox:os-edited-${container?.id.slice(0, 12) ?? ''}`,
      device.fake.images.get('busybox')?.id,
    );
    assert.match(
      await device.plan(project([web()])),
      /^web: a live session has changed its files\n {2}create new_shop-web-1\n/,
    );
  });

  it('names the network that the engine refuses, and what to do about its addresses', async () => {
    const device = new Device();
    device.fake.createNetwork = () => Promise.reject(new OsError('engine-refused', 'Pool overlaps'));
    const pools = [{ subnet: '10.0.0.0/8', ipRange: undefined, gateway: undefined, auxiliaryAddresses: {} }];
    const ipam = { driver: undefined, options: {}, pools };
    await assert.rejects(device.push(project([web()], { networks: [network('default', { ipam })] })), {
      code: 'service-failed',
      message: 'cannot create network shop_default: Pool overlaps',
      hint: 'choose a subnet that no other network of the device has',
    });
  });
});
