import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { openProjectLock } from '../../../../src/release/lease/project-lock.ts';
import { putBackOverride } from '../../../../src/release/move/former-app.ts';
import { openOverrideRecord } from '../../../../src/release/supervised/override-record.ts';
import type { SupervisorAccess } from '../../../../src/release/supervised/supervisor-access.ts';
import type { CurrentTarget } from '../../../../src/supervisor/target/target-state.ts';
import { writeTarget, type TargetChange } from '../../../../src/supervisor/target/write-target.ts';
import { writeApp } from '../../../../src/supervisor/target/write-app.ts';
import { project, service } from '../../../support/composition.ts';
import { LockableEngine } from '../../../support/lockable-engine.ts';

interface Body {
  readonly force: boolean;
  readonly local: {
    readonly config: Record<string, string>;
    readonly apps: Record<string, { services: object }>;
  };
}

describe('a push that changes nothing, after a command that overrode update locks and was killed', () => {
  const { signal } = new AbortController();
  const shop = project([service('web')]);
  let engine: LockableEngine;
  let warnings: string[];
  let posted: Body[];
  let refusal: OsError | undefined;
  let apps: CurrentTarget['apps'];
  const putBack = (it = shop): Promise<void> =>
    putBackOverride(
      engine.asEngine(),
      it,
      {
        ...{ stableId: () => 7, lockHolderOf: () => undefined, writeApp },
        supervisor: {
          changeTarget: (change: (current: CurrentTarget) => TargetChange) => {
            const current: CurrentTarget = {
              name: 'kitchen',
              config: {
                ...{ SUPERVISOR_LOCAL_MODE: 'true', HOST_DISCOVERABILITY: 'false' },
                SUPERVISOR_OVERRIDE_LOCK: 'true',
              },
              apps,
            };
            if (refusal !== undefined) return Promise.reject(refusal);
            posted.push(writeTarget(current, change(current)) as Body);
            return Promise.resolve();
          },
        },
      } as unknown as SupervisorAccess,
      { onWarning: text => warnings.push(text), signal },
    );
  const hasRecord = (): boolean => engine.volumes.has('os-overriding-locks');

  beforeEach(async () => {
    [warnings, posted, refusal] = [[], [], undefined];
    apps = new Map([['7', { name: 'shop', services: ['web'] }]]);
    engine = new LockableEngine();
    engine.addImage('busybox');
    await engine.createContainer('web_1_1_abc', {
      Image: 'busybox',
      Labels: {
        ...{ [composeLabels.project]: 'shop', [composeLabels.service]: 'web', [ourLabels.made]: '1' },
        ...{ [composeLabels.configHash]: 'same', [composeLabels.oneoff]: 'False' },
        ...{ 'io.balena.supervised': 'true', 'io.balena.app-id': '7' },
      },
      HostConfig: {},
    });
    await openOverrideRecord(engine.asEngine()).keep('false');
  });

  it('puts the setting back, with the app as it runs and the other settings of the device', async () => {
    await putBack();
    const [{ force, local } = assert.fail('nothing is posted')] = posted;
    assert.equal(force, false);
    assert.deepEqual(local.config, {
      ...{ SUPERVISOR_LOCAL_MODE: 'true', HOST_DISCOVERABILITY: 'false' },
      SUPERVISOR_OVERRIDE_LOCK: 'false',
    });
    assert.equal(Object.values(local.apps['7']?.services ?? {}).length, 1);
    assert.match(warnings.join(), /had left update locks overridden: .* is put back to false$/);
    assert.deepEqual([...engine.volumes.keys()], []);
  });

  it('puts it back also where the project has left the supervisor, which runs nothing else', async () => {
    engine.containers.clear();
    apps = new Map();
    await putBack();
    assert.deepEqual(
      posted.map(({ local }) => [local.config['SUPERVISOR_OVERRIDE_LOCK'], local.apps]),
      [['false', {}]],
    );
    assert.deepEqual([...engine.volumes.keys()], []);
  });

  it('posts nothing without a record, and while another command works on the project', async () => {
    await using lock = await openProjectLock(engine.asEngine(), 'shop', { signal });
    await putBack();
    assert.ok(hasRecord() && !lock.lost.aborted);
    await engine.removeVolume('os-overriding-locks');
    await putBack();
    assert.deepEqual([posted, warnings], [[], []]);
  });

  it('names what others gave the supervisor, which no os down removes, where that is in the way', async () => {
    engine.containers.clear();
    apps = new Map([['1', { name: 'theirs', services: ['main'] }]]);
    await putBack();
    assert.match(warnings.join(), /: the supervisor also runs theirs, .*; the next push .* puts it back$/);
    assert.doesNotMatch(warnings.join(), /os down/);
    assert.deepEqual(posted, []);
  });

  it('says so where it cannot be put back, and does not fail for that', async () => {
    refusal = new OsError('supervisor-refused', 'local mode is off');
    await putBack();
    refusal = undefined;
    await putBack(project([service('other')]));
    assert.deepEqual(warnings, [
      'the device goes on overriding update locks (SUPERVISOR_OVERRIDE_LOCK): local mode is off',
      'the device goes on overriding update locks (SUPERVISOR_OVERRIDE_LOCK): the supervisor also runs shop, which would be removed too; the next push through the supervisor that changes a service puts it back',
    ]);
    assert.deepEqual(posted, []);
    assert.ok(hasRecord());
  });
});
