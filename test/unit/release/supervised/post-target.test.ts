import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { postTarget } from '../../../../src/release/supervised/post-target.ts';
import { openOverrideRecord } from '../../../../src/release/supervised/override-record.ts';
import type { CurrentTarget, TargetApp } from '../../../../src/supervisor/target/target-state.ts';
import { writeTarget, type TargetChange } from '../../../../src/supervisor/target/write-target.ts';
import { FakeEngine } from '../../../support/fake-engine.ts';

interface Recorder {
  readonly posted: TargetChange[];
  /** What the device has now. */
  current: CurrentTarget;
  readTarget: () => Promise<CurrentTarget>;
  readonly changeTarget: (change: (current: CurrentTarget) => TargetChange) => Promise<void>;
}

/** A supervisor that records what it is posted and takes it; `failsAt` is the number of the post that it refuses. */
function recorder(
  config: Record<string, string>,
  failsAt?: number,
  failure = new OsError('supervisor-refused', 'it does not want'),
): Recorder {
  const made: Recorder = {
    posted: [],
    current: { name: 'device', config: { SUPERVISOR_LOCAL_MODE: 'true', ...config }, apps: new Map() },
    readTarget: () => Promise.resolve(made.current),
    // eslint-disable-next-line @typescript-eslint/require-await -- what `change` throws is a rejection
    changeTarget: async change => {
      const changed = change(made.current);
      writeTarget(made.current, changed);
      made.posted.push(changed);
      if (made.posted.length === failsAt) throw failure;
      const apps = [...changed.apps].map(
        ([id, { name, commit }]) => [id.toString(), { name, services: [], commit }] as const,
      );
      made.current = {
        ...made.current,
        config: { ...made.current.config, ...changed.config },
        apps: new Map(apps),
      };
    },
  };
  return made;
}

const nothing = { apps: new Map(), replaced: new Set<string>() };

describe('a target that is posted', () => {
  const warnings: string[] = [];
  let engine: FakeEngine;
  const post = (
    supervisor: Recorder,
    overridesLocks: boolean,
    settle: () => Promise<void> = () => Promise.resolve(),
    signal = new AbortController().signal,
    change: (current: CurrentTarget) => Omit<TargetChange, 'isForced' | 'config'> = () => nothing,
  ): Promise<void> =>
    postTarget(
      { supervisor, record: openOverrideRecord(engine.asEngine()) },
      change,
      { overridesLocks, onWarning: it => warnings.push(it), signal },
      settle,
    );
  const settings = ({ posted }: Recorder): (readonly [boolean, string | undefined])[] =>
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

  describe('as another program posts one meanwhile', () => {
    const app = (name: string, commit: string): TargetApp => ({
      ...{ name, commit, releaseId: 1, services: new Map(), volumes: {}, networks: {} },
    });
    /** Takes over all that the supervisor runs. */
    const takeOver = ({ apps }: CurrentTarget): Pick<TargetChange, 'apps' | 'replaced'> => ({
      apps: new Map([[7, app('shop', 'abc')]]),
      replaced: new Set(apps.keys()),
    });
    const postBeside = async (theirs: CurrentTarget['apps']): Promise<Recorder> => {
      const supervisor = recorder({});
      supervisor.current = {
        ...supervisor.current,
        apps: new Map([['1', { name: 'theirs', services: [] }]]),
      };
      const failure = new OsError('engine-conflict', 'nothing more is done');
      const settle = (): Promise<void> => {
        supervisor.current = { ...supervisor.current, apps: theirs };
        return Promise.reject(failure);
      };
      await assert.rejects(post(supervisor, true, settle, undefined, takeOver), failure);
      assert.equal(supervisor.posted.length, 1);
      assert.deepEqual(recorded(), ['os-overriding-locks']);
      return supervisor;
    };

    it('leaves the app of that alone when it puts the setting back, though it took over what ran before', async () => {
      const theirs = new Map([['1', { name: 'theirs', services: [], commit: 'def' }]]);
      const { current } = await postBeside(theirs);
      assert.equal(current.apps, theirs);
      assert.match(
        warnings.join(),
        /^the device goes on overriding update locks .* the supervisor runs theirs/,
      );
    });

    it('leaves another release of the same app alone too', async () => {
      const theirs = new Map([['7', { name: 'shop', services: [], commit: 'def' }]]);
      const { current } = await postBeside(theirs);
      assert.equal(current.apps, theirs);
      assert.match(warnings.join(), /was given another release of shop meanwhile; the next push/);
    });
  });

  it('posts nothing to put the setting back where nothing was sent', async () => {
    const supervisor = recorder({});
    const { changeTarget } = supervisor;
    let count = 0;
    const failing = {
      ...supervisor,
      changeTarget: (change: Parameters<typeof changeTarget>[0]) =>
        (count += 1) === 1
          ? Promise.reject(new OsError('connection-lost', 'no target'))
          : changeTarget(change),
    };
    await assert.rejects(post(failing, true), { code: 'connection-lost' });
    assert.deepEqual([supervisor.posted, recorded(), warnings], [[], [], []]);
  });

  it('keeps the record where the answer was lost and the setting is not changed, as it may be yet', async () => {
    const supervisor = recorder({}, 1, new OsError('connection-lost', 'lost'));
    await assert.rejects(post(supervisor, true), { code: 'connection-lost' });
    assert.deepEqual([supervisor.posted.length, recorded(), warnings], [1, ['os-overriding-locks'], []]);
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

  it('warns also where the supervisor does not answer in time, and ends as it would have', async () => {
    const late = new DOMException('the time is over', 'TimeoutError');
    const interrupted = new OsError('interrupted', 'interrupted');
    const supervisor = recorder({});
    const silent = (): Promise<void> => {
      supervisor.readTarget = () => Promise.reject(late);
      return Promise.reject(interrupted);
    };
    await assert.rejects(post(supervisor, true, silent), interrupted);
    assert.match(warnings.join(), /: the supervisor does not answer in time; the next push or os down/);
    assert.deepEqual(recorded(), ['os-overriding-locks']);
  });

  it('says nothing of a record that cannot be removed once the setting is put back', async () => {
    const supervisor = recorder({});
    const lose = (): Promise<void> => {
      engine.removeVolume = () => Promise.reject(new OsError('interrupted', 'interrupted'));
      return Promise.resolve();
    };
    await post(supervisor, true, lose);
    assert.deepEqual([settings(supervisor).at(-1), warnings], [[false, 'false'], []]);
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
      'an earlier command had left update locks overridden: SUPERVISOR_OVERRIDE_LOCK of the device is put back to false';
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
