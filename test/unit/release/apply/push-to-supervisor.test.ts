import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { push } from '../../../../src/release/apply/push.ts';
import { composeLabels } from '../../../../src/release/desired/labels.ts';
import { openSupervisedRunner } from '../../../../src/release/supervised/run-supervised.ts';
import type { Supervisor } from '../../../../src/supervisor/client/supervisor.ts';
import type { CurrentTarget } from '../../../../src/supervisor/target/target-state.ts';
import { writeApp } from '../../../../src/supervisor/target/write-app.ts';
import type { TargetChange } from '../../../../src/supervisor/target/write-target.ts';
import { desire, project, service } from '../../../support/composition.ts';
import { LockableEngine } from '../../../support/lockable-engine.ts';
import { passTime } from '../../../support/pass-time.ts';
import { dependenciesWithoutBuilds } from '../../../support/push-in-process.ts';

describe('a push through a supervisor that refuses it', () => {
  const shop = project([service('app'), service('web')], { volumes: [] });
  let engine: LockableEngine;
  let warnings: string[];

  beforeEach(() => {
    engine = new LockableEngine();
    engine.addImage('busybox');
    warnings = [];
  });

  const pushTo = (
    supervisor: Partial<Supervisor>,
    { takesOver = false, isMove = false } = {},
  ): ReturnType<typeof push> =>
    push(
      {
        ...{ project: shop, services: [], extent: 'all', takesOver },
        ...{ isCacheUsed: true, isPulled: false, removesOrphans: false },
      },
      dependenciesWithoutBuilds(
        Object.assign(engine, { listImages: () => Promise.resolve([]) }).asEngine(),
        event => {
          if (event.type === 'warning') warnings.push(event.message);
        },
      ),
      openSupervisedRunner(
        {
          supervisor: supervisor as Supervisor,
          writeApp,
          stableId: () => 7,
          lockHolderOf: () => undefined,
        },
        { isMove },
      ),
    );

  it('does not say that an app of others is replaced, which goes on running', async () => {
    const current: CurrentTarget = {
      name: 'kitchen',
      config: { SUPERVISOR_LOCAL_MODE: 'true' },
      apps: new Map([['9', { name: 'theirs', services: ['main'] }]]),
    };
    const changeTarget = (change: (from: CurrentTarget) => TargetChange): Promise<void> => {
      assert.deepEqual([...change(current).replaced], ['7', '9']);
      return Promise.reject(new OsError('supervisor-refused', 'no room'));
    };
    const checkTarget = (): Promise<void> => Promise.resolve();
    const hasFailedUpdate = (): Promise<boolean> => Promise.resolve(false);
    await assert.rejects(pushTo({ changeTarget, checkTarget, hasFailedUpdate }, { takesOver: true }), {
      code: 'supervisor-refused',
    });
    assert.deepEqual(warnings, []);
  });

  it('is repeated while the supervisor restarts, where the project has left the engine for it', async () => {
    let answers = 0;
    const changeTarget = (): Promise<void> => {
      answers += 1;
      return Promise.reject(
        answers < 9
          ? new OsError('device-unreachable', 'refused')
          : new OsError('supervisor-refused', 'no room'),
      );
    };
    const hasFailedUpdate = (): Promise<boolean> => Promise.resolve(false);
    const pushing = passTime(() => pushTo({ changeTarget, hasFailedUpdate }, { isMove: true }));
    await assert.rejects(pushing, { code: 'supervisor-refused' });
    assert.equal(answers, 9);
    await assert.rejects(
      pushTo({
        changeTarget: () => {
          answers += 1;
          return Promise.reject(new OsError('device-unreachable', 'refused'));
        },
        checkTarget: () => Promise.resolve(),
        hasFailedUpdate,
      }),
      { code: 'device-unreachable' },
    );
    assert.equal(answers, 10);
  });

  it('starts the services that were stopped although another one, which is to be recreated, is locked', async () => {
    for (const { service: name, body, configHash } of (await desire(shop)).services) {
      const supervised = { 'io.balena.supervised': 'true', 'io.balena.app-id': '7' };
      const Labels = { ...body.Labels, [composeLabels.configHash]: configHash, ...supervised };
      const made = await engine.createContainer(`${name}_1_1_aaaaaaaaaaaa`, {
        Image: 'busybox',
        Labels,
        HostConfig: {},
      });
      // A mark has the first digits of an id, which those of the fake engine have in common.
      const id = Buffer.from(name).toString('hex').padEnd(64, '0');
      engine.containers.set(id, { ...(engine.containers.get(made) ?? assert.fail()), id });
      engine.containers.delete(made);
      if (name !== 'app') continue;
      await engine.startContainer(id);
      engine.addImage(`busybox:os-edited-${id.slice(0, 12)}`, 'sha256:busybox');
    }
    engine.calls.length = 0;
    const restartService = (): Promise<void> =>
      Promise.reject(new OsError('busy', 'app holds the update lock'));
    await assert.rejects(pushTo({ checkTarget: () => Promise.resolve(), restartService }), {
      message: 'app holds the update lock',
    });
    assert.ok(engine.calls.includes('start web_1_1_aaaaaaaaaaaa'));
  });
});
