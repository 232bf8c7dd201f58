import assert from 'node:assert/strict';
import { push } from '../../../../src/release/apply/push.ts';
import { composeLabels } from '../../../../src/release/desired/labels.ts';
import { openSupervisedRunner } from '../../../../src/release/supervised/run-supervised.ts';
import type { Project } from '../../../../src/project/project.ts';
import type { Supervisor } from '../../../../src/supervisor/client/supervisor.ts';
import type { CurrentTarget } from '../../../../src/supervisor/target/target-state.ts';
import { writeTarget, type TargetChange } from '../../../../src/supervisor/target/write-target.ts';
import { writeApp } from '../../../../src/supervisor/target/write-app.ts';
import { desire, project, service } from '../../../support/composition.ts';
import { LockableEngine } from '../../../support/lockable-engine.ts';
import { dependenciesWithoutBuilds } from '../../../support/push-in-process.ts';

describe('a push of some services of a project that a supervisor runs', () => {
  const webAndDb = (web: Parameters<typeof service>[1], db: Parameters<typeof service>[1]): Project =>
    project([service('web', web), service('db', db)], { volumes: [] });

  let current: CurrentTarget;
  beforeEach(() => {
    current = { name: 'kitchen', config: { SUPERVISOR_LOCAL_MODE: 'true' }, apps: new Map() };
  });

  /** Plans a push of `web` over `before`, which runs; returns the services that the plan changes. */
  async function planWeb(before: Project, now: Project): Promise<readonly string[]> {
    const engine = new LockableEngine();
    engine.addImage('busybox');
    engine.addImage('sha256:busybox');
    for (const { service: name, body, configHash } of (await desire(before)).services) {
      const Labels = {
        ...{ ...body.Labels, [composeLabels.configHash]: configHash },
        ...{ 'io.balena.supervised': 'true', 'io.balena.app-id': '7' },
      };
      await engine.startContainer(
        await engine.createContainer(`${name}_1_1_abc`, { Image: 'busybox', Labels, HostConfig: {} }),
      );
    }
    let changed: readonly string[] = [];
    const checkTarget = (change: (from: CurrentTarget) => TargetChange): Promise<void> => {
      writeTarget(current, change(current));
      return Promise.resolve();
    };
    await push(
      {
        ...{ project: now, services: ['web'], extent: 'plan' },
        ...{ isCacheUsed: true, isPulled: false, removesOrphans: false },
      },
      dependenciesWithoutBuilds(engine.asEngine(), event => {
        if (event.type === 'planned') changed = event.plan.services.map(it => it.service);
      }),
      openSupervisedRunner({
        supervisor: { checkTarget } as unknown as Supervisor,
        ...{ writeApp, stableId: () => 7, lockHolderOf: () => undefined },
      }),
    );
    return changed;
  }

  it('is refused where one that it leaves out would be recreated, as its configuration has changed', async () => {
    const changed = webAndDb({ hostname: 'w' }, { hostname: 'd' });
    await assert.rejects(planWeb(webAndDb({}, {}), changed), {
      code: 'usage',
      message:
        'the supervisor is given shop as a whole, and this push leaves out db, whose configuration has changed: it would recreate it',
    });
  });

  it('changes these where the others are as they run, and nothing where they are all the same', async () => {
    assert.deepEqual(await planWeb(webAndDb({}, {}), webAndDb({ hostname: 'w' }, {})), ['web']);
    // Nothing is posted.
    assert.deepEqual(await planWeb(webAndDb({}, {}), webAndDb({}, { hostname: 'd' })), []);
  });

  it('is refused before anything is built where the supervisor takes no target, or runs what others gave it', async () => {
    const plan = (): Promise<readonly string[]> => planWeb(webAndDb({}, {}), webAndDb({ hostname: 'w' }, {}));
    current = { ...current, apps: new Map([['9', { name: 'theirs', services: [] }]]) };
    await assert.rejects(plan(), {
      code: 'usage',
      message: 'the supervisor runs theirs, which a push through it would remove',
    });
    current = { ...current, config: {}, apps: new Map() };
    await assert.rejects(plan(), {
      code: 'supervisor-refused',
      message: 'local mode is off, so the supervisor takes no target',
    });
  });
});
