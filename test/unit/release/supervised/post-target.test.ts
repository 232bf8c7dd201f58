import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { postTarget } from '../../../../src/release/supervised/post-target.ts';
import type { CurrentTarget } from '../../../../src/supervisor/target/target-state.ts';
import type { TargetChange } from '../../../../src/supervisor/target/write-target.ts';

/** A supervisor that records what it is posted; `failsAt` is the number of the post that it refuses. */
function recorder(
  config: Record<string, string>,
  failsAt?: number,
): {
  posted: TargetChange[];
  changeTarget: (change: (current: CurrentTarget) => TargetChange) => Promise<void>;
} {
  const posted: TargetChange[] = [];
  return {
    posted,
    changeTarget: change => {
      posted.push(change({ name: 'device', config, apps: new Map() }));
      return posted.length === failsAt
        ? Promise.reject(new OsError('supervisor-refused', 'it does not want'))
        : Promise.resolve();
    },
  };
}

const nothing = { apps: new Map(), replaced: new Set<string>() };

describe('a target that is posted', () => {
  const warnings: string[] = [];
  const post = (
    supervisor: ReturnType<typeof recorder>,
    overridesLocks: boolean,
    settle: () => Promise<void> = () => Promise.resolve(),
    signal = new AbortController().signal,
  ): Promise<void> =>
    postTarget(
      supervisor,
      () => nothing,
      { overridesLocks, onWarning: it => warnings.push(it), signal },
      settle,
    );
  const settings = ({ posted }: ReturnType<typeof recorder>): (readonly [boolean, string | undefined])[] =>
    posted.map(({ isForced, config }) => [isForced, config?.['SUPERVISOR_OVERRIDE_LOCK']]);
  beforeEach(() => warnings.splice(0));

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
      'the device goes on overriding update locks (SUPERVISOR_OVERRIDE_LOCK): it does not want',
    ]);
  });
});
