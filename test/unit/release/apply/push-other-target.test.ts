import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { push } from '../../../../src/release/apply/push.ts';
import type { PushDone } from '../../../../src/release/apply/events.ts';
import { composeLabels } from '../../../../src/release/desired/labels.ts';
import { openSupervisedRunner } from '../../../../src/release/supervised/run-supervised.ts';
import type { Supervisor } from '../../../../src/supervisor/client/supervisor.ts';
import type { CurrentTarget } from '../../../../src/supervisor/target/target-state.ts';
import { writeApp } from '../../../../src/supervisor/target/write-app.ts';
import { writeTarget, type TargetChange } from '../../../../src/supervisor/target/write-target.ts';
import { desire, project, service } from '../../../support/composition.ts';
import { LockableEngine } from '../../../support/lockable-engine.ts';
import { dependenciesWithoutBuilds } from '../../../support/push-in-process.ts';

describe('a push of what a supervisor runs already', () => {
  const shop = project([service('web')], { volumes: [] });

  const posted: object[] = [];
  const warnings: string[] = [];
  beforeEach(() => {
    posted.length = warnings.length = 0;
  });

  async function pushOver(
    differsFromTarget: boolean,
    { runs = shop, ...answers }: { runs?: typeof shop } & Partial<Supervisor> = {},
  ): Promise<{ done: PushDone }> {
    const engine = new LockableEngine();
    engine.addImage('busybox');
    const [web = assert.fail('nothing is desired')] = (await desire(runs)).services;
    const supervised = { 'io.balena.supervised': 'true', 'io.balena.app-id': '7' };
    const Labels = { ...web.body.Labels, [composeLabels.configHash]: web.configHash, ...supervised };
    await engine.startContainer(
      await engine.createContainer('web_1_1_aaaaaaaaaaaa', { Image: 'busybox', Labels, HostConfig: {} }),
    );
    const current: CurrentTarget = {
      name: 'kitchen',
      config: { SUPERVISOR_LOCAL_MODE: 'true' },
      apps: new Map(),
    };
    const supervisor = {
      changeTarget: (change: (from: CurrentTarget) => TargetChange) => {
        posted.push(writeTarget(current, change(current)));
        return Promise.resolve();
      },
      checkTarget: () => Promise.resolve(),
      hasFailedUpdate: () => Promise.resolve(true),
      ...answers,
    } as unknown as Supervisor;
    const done = await push(
      {
        ...{ project: shop, services: [], extent: 'all' },
        ...{ isCacheUsed: true, isPulled: false, removesOrphans: false },
      },
      dependenciesWithoutBuilds(
        Object.assign(engine, { listImages: () => Promise.resolve([]) }).asEngine(),
        event => {
          if (event.type === 'warning') warnings.push(event.message);
        },
      ),
      openSupervisedRunner(
        { supervisor, writeApp, stableId: () => 7, lockHolderOf: () => undefined },
        { differsFromTarget },
      ),
    );
    return { done };
  }

  it('posts nothing where that is what the supervisor was given last', async () => {
    const { done } = await pushOver(false);
    assert.deepEqual([done.outcome, posted, warnings], ['up-to-date', [], []]);
  });

  it('posts it again where the supervisor was told meanwhile to remove it, or to run another release', async () => {
    await pushOver(true);
    const [{ local } = assert.fail('nothing is posted')] = posted as {
      local: { apps: Record<string, object> };
    }[];
    assert.deepEqual([posted.length, Object.keys(local.apps)], [1, ['7']]);
    assert.deepEqual(warnings, [
      'the target of the supervisor differs from shop as it runs, and is set to what runs',
    ]);
  });

  it('names the update lock for which the supervisor refuses to end its wait, and says that the target is posted', async () => {
    const runs = project([service('web', { environment: { MODE: 'old' } })], { volumes: [] });
    const restartApp = (): Promise<void> => Promise.reject(new OsError('busy', 'db holds the update lock'));
    await assert.rejects(pushOver(false, { runs, restartApp }), {
      code: 'busy',
      message: 'db holds the update lock',
      hint: 'the target is posted and applied once the lock is released; --force overrides the lock',
    });
    assert.equal(posted.length, 1);
    assert.deepEqual(warnings, ['the supervisor was failing to apply its last target; its wait goes on']);
  });

  it('is done only once the supervisor has applied it, as that may have begun to remove a service', async () => {
    const answers: string[] = [];
    const followLogs: Supervisor['followLogs'] = async function* () {
      // It has no lines.
    };
    await pushOver(true, {
      hasFailedUpdate: () => Promise.resolve(false),
      readApplyState: () => {
        answers.push(answers.length === 0 ? 'applying' : 'applied');
        return Promise.resolve({ isApplying: answers.length === 1, containers: new Map() });
      },
      readTarget: () =>
        Promise.resolve({
          name: 'kitchen',
          config: {},
          apps: new Map([['7', { name: 'shop', services: [] }]]),
        }),
      followLogs,
    });
    assert.deepEqual(answers, ['applying', 'applied']);
  });
});
