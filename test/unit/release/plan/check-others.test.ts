import assert from 'node:assert/strict';
import type { ContainerSummary } from '../../../../src/engine/objects.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { checkOthers } from '../../../../src/release/plan/check-others.ts';
import type { Project } from '../../../../src/project/project.ts';
import { desire, network, networkUse, project, service } from '../../../support/composition.ts';
import { PlannedDevice } from '../../../support/planned-device.ts';

const container = (name: string, labels: Record<string, string>): ContainerSummary =>
  ({ id: name, name, labels }) as never;
const ofCompose = {
  [composeLabels.project]: 'shop',
  [composeLabels.service]: 'web',
  [composeLabels.oneoff]: 'False',
};

describe('a container that something other than os made', () => {
  const shop = project([service('web')]);
  const volumes = new Map<string, never>();

  it('for a service of the same project is replaced only by --take-over, and is named', async () => {
    const desired = await desire(shop);
    const containers = [container('shop-web-1', ofCompose)];
    assert.throws(() => checkOthers(desired, { containers, volumes }, {}), {
      code: 'usage',
      message: 'the container shop-web-1 of web was not made by os, and would be replaced',
    });
    checkOthers(desired, { containers, volumes }, { takesOver: true });
    for (const label of [ourLabels.made, 'io.balena.supervised'])
      checkOthers(
        desired,
        { containers: [container('shop-web-1', { ...ofCompose, [label]: '1' })], volumes },
        {},
      );
  });

  it('is replaced by no supervisor, also with --take-over: it is named with the ways out', async () => {
    const desired = await desire(shop);
    const containers = [container('shop-web-1', ofCompose)];
    assert.throws(
      () => checkOthers(desired, { containers, volumes }, { takesOver: true, replacesOthers: false }),
      {
        code: 'usage',
        message:
          'the container shop-web-1 of web was not made by os, and the supervisor replaces its own containers alone',
      },
    );
  });

  it('that has the name of a service is told before anything is sent', async () => {
    const others = [container('shop-web-1', {})];
    const desired = await desire(shop);
    assert.throws(() => checkOthers(desired, { containers: [], others, volumes }, { takesOver: true }), {
      code: 'service-failed',
      message: 'web cannot be created: shop-web-1 is the name of a container that is not of this project',
    });
  });

  it('is no orphan that a push removes', async () => {
    const device = new PlannedDevice();
    await device.push(project([service('web'), service('db')]));
    const db = [...device.fake.containers.values()].find(({ name }) => name === 'shop-db-1');
    assert.ok(db);
    db.body = { ...db.body, Labels: { ...db.body.Labels, [ourLabels.made]: '' } };
    assert.match(
      await device.plan(shop, true),
      /^shop-db-1 is of no service of the project and was not made by os: it stays; --take-over removes it too$/m,
    );
  });
});

describe('a network whose configuration changed', () => {
  const changed = project([service('web')], { networks: [network('default', { isInternal: true })] });

  it('is kept where something else made it, with the labels that docker compose gives too', async () => {
    const device = new PlannedDevice();
    const Labels = { [composeLabels.project]: 'shop', [composeLabels.configHash]: 'other' };
    await device.fake.createNetwork({ Name: 'shop_default', Labels });
    const plan = await device.plan(changed);
    assert.match(plan, /^network shop_default was not made by this project: it is used as it is/m);
    assert.doesNotMatch(plan, /(?:remove|create) network/);
  });

  it('is kept where os made it for another project', async () => {
    const device = new PlannedDevice();
    const Labels = {
      [composeLabels.project]: 'other',
      [ourLabels.made]: '1',
      [composeLabels.configHash]: 'other',
    };
    await device.fake.createNetwork({ Name: 'shop_default', Labels });
    const plan = await device.plan(changed);
    assert.match(plan, /^network shop_default was not made by this project: it is used as it is/m);
    assert.doesNotMatch(plan, /(?:remove|create) network/);
  });

  it('is kept where the project says that it is external', async () => {
    const device = new PlannedDevice();
    const Labels = { [composeLabels.project]: 'lab', [composeLabels.configHash]: 'other' };
    await device.fake.createNetwork({ Name: 'lab', Labels });
    const external = project([service('web')], {
      networks: [network('default', { name: 'lab', isExternal: true })],
    });
    await device.push(external);
    assert.equal(await device.plan(external), 'up to date\n');
    assert.ok(!device.fake.calls.includes('remove network'));
  });

  it('is made again, and only what is connected to it is disconnected', async () => {
    const device = new PlannedDevice();
    const both = (isInternal: boolean): Project =>
      project(
        [service('web'), service('db', { networking: { mode: 'networks', networks: [networkUse('own')] } })],
        { networks: [network('default', { isInternal }), network('own')] },
      );
    await device.push(both(false));
    const plan = await device.plan(both(true));
    assert.match(plan, /remove network shop_default/);
    assert.equal(plan.match(/disconnect/g)?.length, 1, plan);
    assert.doesNotMatch(plan, /shop_own/);
  });

  it('is kept while a container that is not of the project is connected to it, which is named', async () => {
    const device = new PlannedDevice();
    await device.push(project([service('web')]));
    const guest = await device.fake.createContainer('guest', {
      Image: 'busybox',
      Labels: {},
      HostConfig: {},
    });
    await device.fake.connectNetwork('shop_default', guest);
    assert.equal(
      await device.plan(changed),
      'up to date\nnetwork shop_default keeps the configuration it was made with, as guest, which is not of this project, is connected to it\n',
    );
  });
});
