import assert from 'node:assert/strict';
import { OsError } from '../../../../../src/core/errors.ts';
import { down, type DownDependencies } from '../../../../../src/cli/verbs/project/down.ts';
import type { ReachedEngine } from '../../../../../src/reach/engine/reached-engine.ts';
import { openProjectLock } from '../../../../../src/release/lease/project-lock.ts';
import { composeLabels, ourLabels } from '../../../../../src/release/desired/labels.ts';
import { markHalf, markWhole } from '../../../../../src/release/move/copy-marks.ts';
import type { VolumeCopy } from '../../../../../src/release/move/copy-marks.ts';
import { openOverrideRecord } from '../../../../../src/release/supervised/override-record.ts';
import type { VolumeSummary } from '../../../../../src/engine/objects.ts';
import type { Supervisor } from '../../../../../src/supervisor/client/supervisor.ts';
import type { CurrentTarget } from '../../../../../src/supervisor/target/target-state.ts';
import type { TargetChange } from '../../../../../src/supervisor/target/write-target.ts';
import { stableId } from '../../../../../src/supervisor/target/stable-id.ts';
import { LockableEngine } from '../../../../support/lockable-engine.ts';

const { signal } = new AbortController();

/** Takes the project `shop` down; says what was removed. */
function downOn(
  engine: LockableEngine,
  {
    removesVolumes = false,
    ending = signal,
    supervisor = undefined as Supervisor | undefined,
    notes = [] as string[],
    graceS = undefined as number | undefined,
  } = {},
): ReturnType<typeof down> {
  const reached = {
    engine: Object.assign(engine.asEngine(), { [Symbol.asyncDispose]: () => Promise.resolve() }),
    name: 'kitchen',
  } as unknown as ReachedEngine;
  return down(
    {
      signal: ending,
      note: text => (supervisor === undefined ? assert.fail(text) : notes.push(text)),
      reach: () => Promise.resolve(reached),
      readProject: () => assert.fail('its name is given'),
      openSupervisorAccess: () => ({
        supervisor: supervisor ?? assert.fail('no supervisor runs it'),
        ...{ stableId, lockHolderOf: () => undefined, writeApp: () => assert.fail('nothing is written') },
      }),
    } satisfies DownDependencies,
    {
      target: {} as Parameters<typeof down>[1]['target'],
      project: { projectName: 'shop' } as Parameters<typeof down>[1]['project'],
      removesVolumes,
      graceS,
      overridesLocks: false,
    },
  );
}

describe('os down', () => {
  it('waits for no push: while one to the project is running it is refused, and removes nothing', async () => {
    const engine = new LockableEngine();
    const push = await openProjectLock(engine.asEngine(), 'shop', { signal });
    engine.calls.length = 0;
    await assert.rejects(downOn(engine), { code: 'busy', message: /working on the project shop/ });
    assert.deepEqual(
      engine.calls.filter(call => !/os-(lock|probe)-shop/.test(call)),
      [],
    );
    await push[Symbol.asyncDispose]();
    assert.equal((await downOn(engine)).project, 'shop');
  });

  it('removes with --volumes what the supervisor had of the project too, and nothing of other projects', async () => {
    const engine = new LockableEngine();
    const supervised = { 'io.balena.supervised': 'true' };
    const id = stableId('app shop').toString();
    for (const Name of [`${id}_data`, `${id}1_data`, `${stableId('app other').toString()}_data`])
      await engine.createVolume({ Name, Labels: supervised });
    await engine.createVolume({
      Name: 'shop_data',
      Labels: { [composeLabels.project]: 'shop', [ourLabels.made]: '1' },
    });
    assert.deepEqual((await downOn(engine)).volumes, []);
    assert.equal(engine.volumes.size, 4);
    const { volumes } = await downOn(engine, { removesVolumes: true });
    assert.deepEqual([...volumes].sort(), [`${id}_data`, 'shop_data']);
    assert.equal(engine.volumes.size, 2);
  });

  it('takes a project from a supervisor that has made no container of it yet', async () => {
    const engine = new LockableEngine();
    engine.addImage('busybox');
    const Labels = {};
    await engine.startContainer(
      await engine.createContainer('balena_supervisor', { Image: 'busybox', Labels, HostConfig: {} }),
    );
    const id = stableId('app shop');
    const apps = new Map([[id.toString(), { name: 'shop', services: ['web'] }]]);
    const current: CurrentTarget = { name: 'kitchen', config: {}, apps };
    const changes: TargetChange[] = [];
    const supervisor = {
      readTarget: () => Promise.resolve(current),
      hasFailedUpdate: () => Promise.resolve(false),
      readApplyState: () => Promise.resolve({ isApplying: false, containers: new Map() }),
      changeTarget: (change: (from: CurrentTarget) => TargetChange) => {
        changes.push(change(current));
        return Promise.resolve();
      },
      async *followLogs() {
        // It prints nothing.
      },
    } as unknown as Supervisor;
    const notes: string[] = [];
    await downOn(engine, { supervisor, notes });
    assert.deepEqual(notes, ['the supervisor was given shop to run, and is told to forget it']);
    assert.deepEqual(changes, [{ apps: new Map(), replaced: new Set([id.toString()]), isForced: false }]);
    apps.clear();
    assert.deepEqual((await downOn(engine, { supervisor })).containers, []);
    assert.equal(changes.length, 1);
  });

  it('of what the engine runs puts back how locks are overridden, which a command that was killed has left', async () => {
    const engine = new LockableEngine();
    const apps = new Map<string, { name: string; services: string[] }>();
    const current: CurrentTarget = { name: 'kitchen', config: { SUPERVISOR_OVERRIDE_LOCK: 'true' }, apps };
    const changes: TargetChange[] = [];
    const supervisor = {
      changeTarget: async (change: (from: CurrentTarget) => TargetChange) => {
        const changed = change(current);
        if (apps.size > 0) throw new OsError('usage', 'the supervisor also runs other');
        changes.push(changed);
        await Promise.resolve();
      },
    } as unknown as Supervisor;
    const notes: string[] = [];
    await openOverrideRecord(engine.asEngine()).keep('false');
    apps.set('9', { name: 'other', services: ['main'] });
    await downOn(engine, { supervisor, notes });
    assert.match(
      notes.join(),
      /goes on overriding .*: the supervisor also runs other; the next push .* puts it back$/,
    );
    assert.deepEqual([...engine.volumes.keys()], ['os-overriding-locks']);
    apps.clear();
    await downOn(engine, { supervisor, notes });
    assert.match(notes.join(), /is put back to false$/);
    assert.deepEqual(
      changes.map(({ apps: sent, config }) => [sent.size, config]),
      [[0, { SUPERVISOR_OVERRIDE_LOCK: 'false' }]],
    );
    assert.deepEqual([...engine.volumes.keys()], []);
  });

  it('refuses --time for a project that the supervisor runs, and names what takes it; nothing is touched', async () => {
    const engine = new LockableEngine();
    engine.addImage('busybox');
    const Labels = {
      ...{ [composeLabels.project]: 'shop', [composeLabels.service]: 'web', [ourLabels.made]: '1' },
      'io.balena.supervised': 'true',
    };
    await engine.createContainer('web_1_1_abc', { Image: 'busybox', Labels, HostConfig: {} });
    engine.calls.length = 0;
    await assert.rejects(downOn(engine, { graceS: 5 }), {
      code: 'usage',
      message:
        '--time is for services that the engine runs, and shop runs under the supervisor, which gives each its own stop_grace_period',
      hint: 'stop them first by `os stop kitchen --project shop --time SECONDS`, and leave out --time',
    });
    assert.deepEqual(
      engine.calls.filter(call => !call.includes('os-lock-shop')),
      [],
    );
  });

  it('removes copies that a cut off move has left, and their marks, and no data', async () => {
    const engine = new LockableEngine();
    engine.addImage('busybox');
    const copy: VolumeCopy = { from: 'shop_data', to: { Name: '7_data', Labels: {} } };
    const there = async (): Promise<void> => {
      for (const Name of ['shop_data', '7_data']) await engine.createVolume({ Name, Labels: {} });
      engine.volumes.set('7_data', { name: '7_data', labels: {}, createdAt: '2026-01-01T00:00:00Z' });
      await markWhole(engine.asEngine(), { project: 'shop', to: 'supervisor' }, [copy]);
    };
    const notes: string[] = [];
    const supervisor = {} as Supervisor;
    await there();
    await downOn(engine, { notes, supervisor });
    // Nobody knows where the data is of a project without containers.
    assert.deepEqual([...engine.volumes.keys()], ['shop_data', '7_data', 'os-copied-7_data']);
    const Labels = { [composeLabels.project]: 'shop', [composeLabels.service]: 'web', [ourLabels.made]: '1' };
    await engine.createContainer('shop-web-1', { Image: 'busybox', Labels, HostConfig: {} });
    await downOn(engine, { notes, supervisor });
    assert.deepEqual([...engine.volumes.keys()], ['shop_data']);
    assert.deepEqual(notes, [
      'the volume 7_data is removed, a copy that a push has left; its data is in shop_data',
    ]);
  });

  it('removes with --volumes also what a move holds that was killed while it copied', async () => {
    const engine = new LockableEngine();
    engine.addImage('busybox');
    const Labels = { [composeLabels.project]: 'shop', [ourLabels.made]: '1' };
    const copy: VolumeCopy = { from: 'shop_data', to: { Name: '7_data', Labels: {} } };
    await engine.createVolume({ Name: 'shop_data', Labels });
    await markHalf(engine.asEngine(), 'shop', copy);
    await engine.createVolume({ Name: '7_data', Labels: {} });
    for (const Name of ['7_data', 'os-copying-7_data'])
      engine.volumes.set(Name, {
        ...engine.volumes.get(Name),
        createdAt: '2026-01-01T00:00:00Z',
      } as VolumeSummary);
    const looking = { [ourLabels.made]: '1' };
    const add = (name: string, project: string, bind: string): Promise<string> =>
      engine.createContainer(name, {
        ...{ Image: 'busybox', Labels: { ...looking, [ourLabels.look]: project } },
        HostConfig: { Binds: [bind] },
      });
    await add('os-copy-1', 'shop', 'shop_data:/os-copy/volume:ro');
    await add('os-copy-2', 'shop', '7_data:/os-copy/volume');
    await add('os-copy-3', 'other', 'other_data:/os-copy/volume');
    const notes: string[] = [];
    const { volumes, inUse } = await downOn(engine, {
      removesVolumes: true,
      notes,
      supervisor: {} as Supervisor,
    });
    assert.deepEqual([volumes, inUse], [['shop_data'], []]);
    assert.deepEqual(
      [...engine.containers.values()].map(({ name }) => name),
      ['os-copy-3'],
    );
    assert.deepEqual([...engine.volumes.keys()], []);
  });

  it('that is interrupted while it removes volumes removes no further one', async () => {
    const engine = new LockableEngine();
    const Labels = { [composeLabels.project]: 'shop', [ourLabels.made]: '1' };
    for (const Name of ['shop_a', 'shop_b', 'shop_c']) await engine.createVolume({ Name, Labels });
    const interruption = new AbortController();
    const remove = engine.removeVolume.bind(engine);
    engine.removeVolume = async name => {
      await remove(name);
      if (name === 'shop_a') interruption.abort(new OsError('interrupted', 'interrupted'));
    };
    await assert.rejects(downOn(engine, { removesVolumes: true, ending: interruption.signal }), {
      code: 'interrupted',
    });
    assert.deepEqual([...engine.volumes.keys()], ['shop_b', 'shop_c']);
  });

  it('leaves no lock behind, and works on an engine that has no space for one', async () => {
    const engine = new LockableEngine();
    await downOn(engine);
    assert.deepEqual([...engine.volumes.keys()], []);
    engine.createVolume = () => Promise.reject(new OsError('no-space', 'full'));
    assert.equal((await downOn(engine)).project, 'shop');
  });
});
