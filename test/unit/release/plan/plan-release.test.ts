import assert from 'node:assert/strict';
import type { Service } from '../../../../src/project/service.ts';
import {
  after as afterService,
  mount,
  network,
  networkUse,
  project,
  service,
  volume,
} from '../../../support/composition.ts';
import { PlannedDevice as Device } from '../../../support/planned-device.ts';

const lines = (...text: string[]): string => text.map(line => `${line}\n`).join('');
const web = (rest: Partial<Service> = {}): Service => service('web', rest);

describe('planning a push', () => {
  it('creates what is not there, in the order of dependencies', async () => {
    const it = project([
      service('db', { mounts: [mount('data')] }),
      web({ dependsOn: [afterService('db')] }),
    ]);
    assert.equal(
      await new Device().plan(it),
      lines(
        'create network shop_default: it does not exist',
        'create volume shop_data: it does not exist',
        'db: it has no container yet',
        '  create shop-db-1',
        '  start shop-db-1',
        'web, after db has started: it has no container yet',
        '  create shop-web-1',
        '  start shop-web-1',
      ),
    );
  });

  it('is empty for what was pushed already', async () => {
    const device = new Device();
    const it = project([
      service('db', { mounts: [mount('data')] }),
      web({ dependsOn: [afterService('db')] }),
    ]);
    await device.push(it);
    assert.equal(await device.plan(it), 'up to date\n');
  });

  it('pulls an image once, however many services run it', async () => {
    const image = 'redis:7';
    assert.equal(
      await new Device().plan(project([service('a', { image }), service('b', { image })], { networks: [] })),
      lines(
        'pull redis:7: the device does not have it',
        'a: it has no container yet',
        '  create shop-a-1',
        '  start shop-a-1',
        'b: it has no container yet',
        '  create shop-b-1',
        '  start shop-b-1',
      ),
    );
  });

  it('puts the old container aside until the new one runs', async () => {
    const device = new Device();
    await device.push(project([web()]));
    assert.equal(
      await device.plan(project([web({ environment: { A: '1' } })])),
      lines(
        'web: its configuration changed',
        '  create new_shop-web-1',
        '  stop shop-web-1',
        '  rename shop-web-1 to 000000000000_shop-web-1',
        '  rename new_shop-web-1 to shop-web-1',
        '  start shop-web-1',
        '  remove 000000000000_shop-web-1',
      ),
    );
  });

  it('renames nothing that runs: one that crashes again and again the engine can not rename', async () => {
    const device = new Device();
    await device.push(project([web()]));
    for (const container of device.fake.containers.values()) container.state = 'restarting';
    await device.push(project([web({ environment: { A: '1' } })]));
    assert.deepEqual(
      [...device.fake.containers.values()].map(({ name, state }) => [name, state]),
      [['shop-web-1', 'running']],
    );
  });

  it('goes on where a push was cut off after it had put the old container aside', async () => {
    const device = new Device();
    await device.push(project([web()]));
    for (const container of device.fake.containers.values()) container.name = '000000000000_shop-web-1';
    assert.equal(
      await device.plan(project([web()])),
      lines(
        'web: its container is named 000000000000_shop-web-1',
        '  create shop-web-1',
        '  stop 000000000000_shop-web-1',
        '  start shop-web-1',
        '  remove 000000000000_shop-web-1',
      ),
    );
  });

  it('leaves the others alone', async () => {
    const device = new Device();
    await device.push(project([service('a'), web(), service('c')]));
    device.fake.calls.length = 0;
    await device.push(project([service('a'), web({ command: ['sleep', '1'] }), service('c')]));
    assert.deepEqual(device.fake.calls, [
      'create new_shop-web-1',
      'stop shop-web-1',
      'rename shop-web-1 to 000000000000_shop-web-1',
      'rename new_shop-web-1 to shop-web-1',
      'start shop-web-1',
      'remove 000000000000_shop-web-1',
    ]);
  });

  it('does not care where the project lies on this machine', async () => {
    const device = new Device();
    await device.push(project([web()]));
    assert.equal(await device.plan(project([web()], { directory: '/elsewhere' })), 'up to date\n');
  });

  it('takes an image that leads elsewhere now for a reason', async () => {
    const device = new Device();
    await device.push(project([web()]));
    const [container] = await device.fake.listContainers({});
    device.fake.addImage('busybox', 'sha256:newer');
    const listed = device.fake.listContainers.bind(device.fake);
    device.fake.listContainers = async labels =>
      (await listed(labels)).map(it => ({ ...it, imageId: container?.imageId ?? '' }));
    assert.match(await device.plan(project([web()])), /^web: its image changed\n/);
  });

  it('starts what was stopped, and leaves alone what has done its work', async () => {
    const device = new Device();
    const migrate = service('migrate');
    const it = project([
      migrate,
      web({ dependsOn: [afterService('migrate', 'service_completed_successfully')] }),
    ]);
    const engine = device.fake;
    const started = engine.startContainer.bind(engine);
    engine.startContainer = async id => {
      await started(id);
      const container = engine.containers.get(id);
      if (container?.name === 'shop-migrate-1') container.state = 'exited';
    };
    await device.push(it);
    assert.equal(await device.plan(it), 'up to date\n');
    for (const container of engine.containers.values()) container.state = 'exited';
    assert.equal(
      await device.plan(it),
      lines('web, after migrate has done its work: it is exited', '  start shop-web-1'),
    );
  });

  it('makes a changed network anew, and every container on it', async () => {
    const device = new Device();
    await device.push(project([web()]));
    assert.equal(
      await device.plan(project([web()], { networks: [network('default', { isInternal: true })] })),
      lines(
        'disconnect 000000000000 from network shop_default: its configuration changed',
        'remove network shop_default: its configuration changed',
        'create network shop_default: its configuration changed',
        'web: its network shop_default is recreated',
        '  create new_shop-web-1',
        '  stop shop-web-1',
        '  rename shop-web-1 to 000000000000_shop-web-1',
        '  rename new_shop-web-1 to shop-web-1',
        '  start shop-web-1',
        '  remove 000000000000_shop-web-1',
      ),
    );
  });

  it('connects more networks one by one, as old engines know no other way', async () => {
    const networking: Service['networking'] = {
      mode: 'networks',
      networks: [networkUse('default'), networkUse('back')],
    };
    const it = project([web({ networking })], { networks: [network('default'), network('back')] });
    const device = new Device();
    assert.match(
      await device.plan(it),
      / {2}create shop-web-1\n {2}connect shop-web-1 to network shop_back\n/,
    );
    await device.push(it);
    assert.equal(await device.plan(it), 'up to date\n');
  });

  it('makes anew what lives in the container of another one', async () => {
    const device = new Device();
    const sidecar = service('sidecar', { networking: { mode: 'service', service: 'web' } });
    await device.push(project([web(), sidecar]));
    assert.match(
      await device.plan(project([web({ user: '1' }), sidecar])),
      /sidecar: it lives in the container of web, which is recreated\n/,
    );
  });

  it('restarts who asks for it when what it depends on is started anew', async () => {
    const device = new Device();
    const dependsOn = [afterService('db', 'service_started', true)];
    await device.push(project([service('db'), web({ dependsOn })]));
    assert.match(
      await device.plan(project([service('db', { user: '1' }), web({ dependsOn })])),
      /web, after db has started: db, which it depends on, is restarted\n {2}restart shop-web-1\n$/,
    );
  });

  it('reports orphans, and removes them when told; a service that a profile leaves out is none', async () => {
    const device = new Device();
    await device.push(project([web(), service('old')]));
    assert.equal(
      await device.plan(project([web()])),
      lines('up to date', 'leave shop-old-1, although the project has no such service'),
    );
    assert.equal(
      await device.plan(project([web()]), true),
      lines('remove shop-old-1: the project has no such service'),
    );
    assert.equal(await device.plan(project([web()], { disabledServices: ['old'] }), true), 'up to date\n');
    await device.push(project([web()]), true);
    assert.equal((await device.fake.listContainers({})).length, 1);
  });

  it('removes the container of a service whose scale is 0 by now', async () => {
    const device = new Device();
    await device.push(project([web(), service('old')]));
    const emptied = project([web()], { disabledServices: ['old'], emptyServices: ['old'] });
    assert.equal(await device.plan(emptied), lines('remove shop-old-1: the project has no such service'));
    await device.push(emptied);
    assert.equal((await device.fake.listContainers({})).length, 1);
  });

  it('refuses a project whose external volume the device lacks', async () => {
    const it = project([web({ mounts: [mount('data')] })], {
      volumes: [volume('data', { isExternal: true })],
    });
    await assert.rejects(new Device().plan(it), {
      code: 'project-invalid',
      message: /shop_data is external/,
    });
  });

  it('uses a volume of the name that the project did not make, and says so', async () => {
    const device = new Device();
    await device.fake.createVolume({ Name: 'shop_data', Labels: {} });
    const it = project([web({ mounts: [mount('data')] })], { volumes: [volume('data')] });
    assert.match(await device.plan(it), /volume shop_data was not made by this project: /);
    await device.push(it);
    assert.deepEqual(device.fake.volumes.get('shop_data')?.labels, {});
  });

  it('says that the volume for further firmware is empty, when it makes it', async () => {
    const device = new Device();
    const it = project([web({ features: ['extra-firmware'] })]);
    assert.match(
      await device.plan(it),
      /volume shop_extra-firmware is new and empty: io\.balena\.features\.extra-firmware /,
    );
    await device.push(it);
    assert.equal(await device.plan(it), 'up to date\n');
    assert.doesNotMatch(await new Device().plan(project([web()])), /firmware/);
  });

  it('puts the old container back when the new one cannot be started', async () => {
    const device = new Device();
    await device.push(project([web()]));
    device.fake.addImage('broken');
    device.fake.broken.add('broken');
    device.fake.calls.length = 0;
    await assert.rejects(device.push(project([web({ image: 'broken' })])), {
      code: 'service-failed',
      message: 'web does not start: no such program',
    });
    assert.deepEqual(device.fake.calls, [
      'create new_shop-web-1',
      'stop shop-web-1',
      'rename shop-web-1 to 000000000000_shop-web-1',
      'rename new_shop-web-1 to shop-web-1',
      'start shop-web-1',
      'remove shop-web-1',
      'rename 000000000000_shop-web-1 to shop-web-1',
      'start shop-web-1',
    ]);
    assert.deepEqual(device.events.at(-1), {
      ...{ type: 'service', service: 'web', state: 'restored', cause: 'its image changed' },
    });
  });
});
