import assert from 'node:assert/strict';
import { project, service } from '../../../support/composition.ts';
import { PlannedDevice as Device } from '../../../support/planned-device.ts';

describe('planning a push', () => {
  it('refuses a project on a network of the device that it does not have, and does not create it', async () => {
    const device = new Device();
    const it = project([service('web', { networking: { mode: 'existing', network: 'lab' } })], {
      networks: [],
    });
    await assert.rejects(device.plan(it), {
      code: 'project-invalid',
      message: 'the network lab is external, and the device does not have it',
      hint: 'create it first, or take `external` or `network_mode` out of the project',
    });
    await device.fake.createNetwork({ Name: 'lab', Labels: {} });
    await device.push(it);
    assert.equal(await device.plan(it), 'up to date\n');
    assert.deepEqual([...device.fake.networks.keys()], ['lab']);
  });
});
