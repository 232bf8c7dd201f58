import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { composeLabels } from '../../../../src/release/desired/labels.ts';
import { startAgain } from '../../../../src/release/running/start-again.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';

describe('a service that is started again', () => {
  it('is not said to be removed where its container is there and cannot be started', async () => {
    const engine = new FakeEngine();
    engine.addImage('busybox');
    for (const service of ['web', 'db'])
      await engine.createContainer(`shop-${service}-1`, {
        Image: 'busybox',
        Labels: { [composeLabels.project]: 'shop', [composeLabels.service]: service },
        HostConfig: {},
      });
    const containers = await engine.listContainers({});
    const db = containers.find(({ name }) => name === 'shop-db-1') ?? assert.fail();
    engine.containers.delete(db.id);
    engine.startContainer = id =>
      Promise.reject(
        new OsError('engine-missing', id === db.id ? 'no such container' : 'network shop_default not found'),
      );
    const warnings: string[] = [];
    await startAgain(
      engine.asEngine(),
      containers,
      { project: 'shop', from: 'engine' },
      {
        report: () => assert.fail('nothing is restored'),
        onWarning: text => warnings.push(text),
      },
    );
    assert.deepEqual(warnings, [
      'db of shop had been removed already; go on with: os push fake --runner engine',
      'web of shop cannot be started again: network shop_default not found; go on with: os push fake --runner engine',
    ]);
  });
});
