import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { postTarget } from '../../../../src/release/supervised/post-target.ts';
import { openOverrideRecord } from '../../../../src/release/supervised/override-record.ts';
import type { CurrentTarget } from '../../../../src/supervisor/target/target-state.ts';
import type { TargetChange } from '../../../../src/supervisor/target/write-target.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';

/** A supervisor that records what it is posted; `failsAt` is the number of the post that it refuses. */
function recorder(
  config: Record<string, string>,
  failsAt?: number,
): {
  posted: TargetChange[];
  readTarget: () => Promise<CurrentTarget>;
  changeTarget: (change: (current: CurrentTarget) => TargetChange) => Promise<void>;
} {
  const posted: TargetChange[] = [];
  const current = { name: 'device', config, apps: new Map() };
  return {
    posted,
    readTarget: () => Promise.resolve(current),
    changeTarget: change => {
      posted.push(change(current));
      return posted.length === failsAt
        ? Promise.reject(new OsError('supervisor-refused', 'it does not want'))
        : Promise.resolve();
    },
  };
}

const nothing = { apps: new Map(), replaced: new Set<string>() };

describe('a target that is posted', () => {
  const warnings: string[] = [];
  let engine: FakeEngine;
  const post = (
    supervisor: ReturnType<typeof recorder>,
    overridesLocks: boolean,
    settle: () => Promise<void> = () => Promise.resolve(),
    signal = new AbortController().signal,
  ): Promise<void> =>
    postTarget(
      { supervisor, record: openOverrideRecord(engine.asEngine()) },
      () => nothing,
      { overridesLocks, onWarning: it => warnings.push(it), signal },
      settle,
    );
  const settings = ({ posted }: ReturnType<typeof recorder>): (readonly [boolean, string | undefined])[] =>
    posted.map(({ isForced, config }) => [isForced, config?.['SUPERVISOR_OVERRIDE_LOCK']]);
  const recorded = (): string[] => [...engine.volumes.values()].map(({ name }) => name);
  beforeEach(() => {
    warnings.splice(0);
    engine = new FakeEngine();
  });

  it('leaves update locks alone by default', async () => {
    const supervisor = recorder({});
    await post(supervisor, false);
    assert.deepEqual(settings(supervisor), [[false, undefined]]);
  });

  it('overrides them while it settles, and puts the setting back', async () => {
    const supervisor = recorder({});
    await post(supervisor, true);
    assert.deepEqual(settings(supervisor), [
      [true, 'true'],
      [false, 'false'],
    ]);
  });

  it('puts the setting back after a failure, and after Ctrl-C', async () => {
    for (const reason of [new OsError('service-failed', 'web does not start'), new Error('aborted')]) {
      const supervisor = recorder({ SUPERVISOR_OVERRIDE_LOCK: 'false' });
      const aborted = AbortSignal.abort(reason);
      await assert.rejects(
        post(supervisor, true, () => Promise.reject(reason), aborted),
        it => it === reason,
      );
      assert.deepEqual(settings(supervisor).at(-1), [false, 'false']);
    }
  });

  it('keeps the setting of a device that overrides locks anyway', async () => {
    const supervisor = recorder({ SUPERVISOR_OVERRIDE_LOCK: 'true' });
    await post(supervisor, true);
    assert.deepEqual(settings(supervisor), [[true, 'true']]);
  });

  it('puts nothing back where the supervisor refused the target', async () => {
    const supervisor = recorder({}, 1);
    await assert.rejects(post(supervisor, true), { code: 'supervisor-refused' });
    assert.equal(supervisor.posted.length, 1);
    assert.deepEqual(warnings, []);
  });

  it('warns if the setting cannot be put back, and fails for no other reason than its own', async () => {
    await post(recorder({}, 2), true);
    assert.deepEqual(warnings, [
      'the device goes on overriding update locks (SUPERVISOR_OVERRIDE_LOCK): it does not want; the next push or os down through the supervisor puts it back',
    ]);
    assert.deepEqual(recorded(), ['os-overriding-locks']);
  });

  it('changes nothing where a volume of somebody has the name of the record, which stays', async () => {
    await engine.createVolume({ Name: 'os-overriding-locks', Labels: { theirs: '1' } });
    const supervisor = recorder({});
    await assert.rejects(post(supervisor, true), { code: 'engine-conflict' });
    await post(supervisor, false);
    assert.deepEqual(recorded(), ['os-overriding-locks']);
    assert.deepEqual(settings(supervisor), [[false, undefined]]);
  });

  it('keeps a record of the setting while it is changed, and no longer', async () => {
    const seen: string[][] = [];
    await post(recorder({}), true, () => {
      seen.push(recorded());
      return Promise.resolve();
    });
    assert.deepEqual([seen, recorded()], [[['os-overriding-locks']], []]);
    await assert.rejects(post(recorder({}, 1), true), { code: 'supervisor-refused' });
    await post(recorder({ SUPERVISOR_OVERRIDE_LOCK: 'true' }), true);
    assert.deepEqual(recorded(), []);
  });

  describe('after a command that overrode update locks and was killed', () => {
    const putBack =
      'a command that was cut off had left update locks overridden: SUPERVISOR_OVERRIDE_LOCK of the device is put back to false';
    const overriding = { SUPERVISOR_OVERRIDE_LOCK: 'true' };
    beforeEach(() => openOverrideRecord(engine.asEngine()).keep('false'));

    it('puts the setting back, and says so once', async () => {
      const supervisor = recorder(overriding);
      await post(supervisor, false);
      assert.deepEqual(settings(supervisor), [[false, 'false']]);
      assert.deepEqual([warnings, recorded()], [[putBack], []]);
      await post(recorder(overriding), false);
      assert.deepEqual(warnings, [putBack]);
    });

    it('puts it back also where it overrides them itself', async () => {
      const supervisor = recorder(overriding);
      await post(supervisor, true);
      assert.deepEqual(settings(supervisor), [
        [true, 'true'],
        [false, 'false'],
      ]);
      assert.deepEqual(recorded(), []);
    });

    it('leaves a setting alone that somebody has put back, and is silent', async () => {
      const supervisor = recorder({ SUPERVISOR_OVERRIDE_LOCK: 'false' });
      await post(supervisor, false);
      assert.deepEqual(settings(supervisor), [[false, undefined]]);
      assert.deepEqual([warnings, recorded()], [[], []]);
    });

    it('keeps the record where the supervisor refuses the target', async () => {
      for (const overridesLocks of [false, true])
        await assert.rejects(post(recorder(overriding, 1), overridesLocks), { code: 'supervisor-refused' });
      assert.deepEqual([warnings, recorded()], [[], ['os-overriding-locks']]);
    });
  });
});
