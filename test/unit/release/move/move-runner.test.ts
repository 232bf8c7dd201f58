import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import type { PushEvent } from '../../../../src/release/apply/events.ts';
import { composeLabels, ourLabels } from '../../../../src/release/desired/labels.ts';
import { describeStranded, moveProject } from '../../../../src/release/move/move-project.ts';
import { moveNote, refuseCopies, refuseMove, type Move } from '../../../../src/release/move/move-runner.ts';
import { planCopies, type CopyPlan } from '../../../../src/release/move/plan-copies.ts';
import type { Supervisor } from '../../../../src/supervisor/client/supervisor.ts';
import type { CurrentTarget } from '../../../../src/supervisor/target/target-state.ts';
import { writeTarget, type TargetChange } from '../../../../src/supervisor/target/write-target.ts';
import { project, volume } from '../../../support/composition.ts';
import { VolumeEngine } from '../../../support/volume-engine.ts';

const { signal } = new AbortController();
const access = { stableId: () => 7, lockHolderOf: () => undefined };

const volumes = [
  volume('data', { labels: { 'io.resin.mine': 'yes' } }),
  volume('new'),
  volume('nfs', { driverOptions: { type: 'nfs', device: ':/share' } }),
  volume('theirs', { name: 'theirs', isExternal: true }),
];
const plan = (engine: VolumeEngine, to: 'engine' | 'supervisor'): Promise<CopyPlan> =>
  planCopies(engine.asEngine(), project([], { volumes }), to, access, signal);

describe('the volumes of a project that moves between the engine and the supervisor', () => {
  it('are copied where both names lead to places of their own, into a volume as its new runner creates it', async () => {
    const engine = new VolumeEngine();
    for (const name of ['shop_data', 'shop_nfs', 'theirs', '7_theirs']) engine.addVolume(name, '');
    const there = await plan(engine, 'supervisor');
    assert.deepEqual(there, {
      copies: [
        {
          from: 'shop_data',
          // The supervisor removes a volume whose labels are others.
          to: {
            ...{ Name: '7_data', Driver: 'local', DriverOpts: {} },
            Labels: { 'io.balena.mine': 'yes', 'io.balena.supervised': 'true' },
          },
        },
      ],
      blocked: [],
    });
    engine.addVolume('7_new', '');
    const { copies } = await plan(engine, 'engine');
    assert.deepEqual(
      copies.map(({ from, to }) => [from, to.Name, to.Labels[composeLabels.project]]),
      [['7_new', 'shop_new', 'shop']],
    );
  });

  it('are never copied over one that is there, except over what an earlier push was copying', async () => {
    const engine = new VolumeEngine();
    for (const name of ['shop_data', '7_data']) engine.addVolume(name, '');
    const { copies, blocked } = await plan(engine, 'supervisor');
    assert.deepEqual([copies.length, blocked.map(({ to }) => to.Name)], [0, ['7_data']]);
    engine.addVolume('os-copying-7_data', '', {
      [ourLabels.copy]: 'shop',
      [ourLabels.copyTo]: '7_data',
    });
    assert.equal((await plan(engine, 'supervisor')).copies.length, 1);
    // One that came later is no copy.
    engine.nowMs += 3_600_000;
    engine.addVolume('7_data', '');
    assert.equal((await plan(engine, 'supervisor')).copies.length, 0);
  });

  const move: Move = {
    ...{ project: 'shop', from: 'engine', to: 'supervisor', image: 'busybox' },
    volumes: ['shop_data', 'old'],
    copies: [{ from: 'shop_data', to: { Name: '7_data', Labels: {} } }],
  };

  it('are named before anything is moved, with those that stay behind', () => {
    assert.equal(
      refuseMove(move).message,
      'shop runs under the engine, and would be moved to the supervisor; its volumes are copied: shop_data to 7_data; others start empty, and the data of the engine stays in old',
    );
    assert.equal(
      moveNote({ ...move, copies: [] }),
      'shop is to be moved from the engine to the supervisor; its volumes start empty, and the data of the engine stays in shop_data, old',
    );
  });

  it('are named after the apps of others that the project replaces under the supervisor', () => {
    const replacing = { ...move, volumes: [], copies: [] };
    assert.equal(
      refuseMove({ ...replacing, replaced: ['theirs'] }).message,
      'shop runs under the engine, and would be moved to the supervisor; theirs, which the supervisor runs now, is replaced by it',
    );
    assert.match(moveNote({ ...replacing, replaced: ['a', 'b'] }), /; a(,| and) b, .* are replaced by it$/);
  });

  it('that would be overwritten are removed by os purge where a move left them; a hint removes none of others', () => {
    const hintFor = (leftovers: string[]): string | undefined =>
      refuseCopies(move, move.copies, { leftovers, device: 'kitchen' }).hint;
    const start = 'start with the data that is there by --no-copy-volumes';
    assert.equal(
      hintFor(['7_data']),
      `${start}, or remove it first: os purge kitchen --project shop --leftovers`,
    );
    // It may be of others.
    assert.equal(
      hintFor(['7_cache']),
      `${start}; before you remove it, see whose it is: os ssh kitchen -- balena-engine volume inspect 7_data`,
    );
  });

  const labels = {
    [composeLabels.project]: 'shop',
    [composeLabels.service]: 'web',
    [composeLabels.oneoff]: 'False',
    [ourLabels.made]: '1',
  };
  const events: PushEvent[] = [];
  const warnings: string[] = [];
  /** With an app that a move replaces. */
  const target = (SUPERVISOR_LOCAL_MODE: string): CurrentTarget => ({
    name: 'kitchen',
    config: { SUPERVISOR_LOCAL_MODE },
    apps: new Map([['9', { name: 'theirs', services: [] }]]),
  });
  let readTarget: () => Promise<CurrentTarget>;
  const moveIt = (engine: VolumeEngine): Promise<void> =>
    moveProject(
      engine.asEngine(),
      move,
      {
        ...access,
        supervisor: {
          checkTarget: async (change: (current: CurrentTarget) => TargetChange) => {
            const current = await readTarget();
            writeTarget(current, change(current));
          },
        } as unknown as Supervisor,
      },
      {
        ...{ appId: 7, overridesLocks: false, signal, onWarning: it => warnings.push(it) },
        report: event => events.push(event),
      },
    );
  const running = async (): Promise<VolumeEngine> => {
    const engine = new VolumeEngine();
    engine.addVolume('shop_data', 'kept');
    const HostConfig = { Binds: ['shop_data:/data'] };
    await engine.startContainer(
      await engine.createContainer('shop-web-1', { Image: 'busybox', Labels: labels, HostConfig }),
    );
    engine.calls.length = 0;
    events.length = 0;
    warnings.length = 0;
    readTarget = () => Promise.resolve(target('true'));
    return engine;
  };

  it('are copied while the services are stopped, before these are removed', async () => {
    const engine = await running();
    await moveIt(engine);
    const steps = engine.calls.filter(it => !it.includes('os-copy-'));
    assert.deepEqual(steps, [
      'stop shop-web-1',
      'create volume os-copying-7_data',
      'create volume 7_data',
      'create volume os-copied-7_data',
      'remove volume os-copying-7_data',
      'stop shop-web-1',
      'remove shop-web-1',
    ]);
    assert.equal(engine.contents.get('7_data'), 'kept');
    assert.equal(engine.contents.get('shop_data'), 'kept');
  });

  it('that a container of somebody else uses too are said to be written to while they are copied', async () => {
    const engine = await running();
    const body = { Image: 'busybox', Labels: {}, HostConfig: { Binds: ['shop_data:/backup'] } };
    await engine.startContainer(await engine.createContainer('backup', body));
    await engine.createContainer('idle', body);
    await moveIt(engine);
    assert.deepEqual(warnings, [
      'backup uses the volume shop_data too and is not stopped: it stays with shop_data, and 7_data may lack what it writes meanwhile',
    ]);
  });

  it('are as before where the copy fails, and the services run again', async () => {
    const engine = await running();
    engine.failure = { of: 'put', error: new OsError('no-space', 'the disk is full') };
    await assert.rejects(moveIt(engine), { code: 'no-space' });
    assert.deepEqual(Object.fromEntries(engine.contents), { shop_data: 'kept' });
    const [container] = engine.containers.values();
    assert.deepEqual([container?.name, container?.state], ['shop-web-1', 'running']);
    assert.deepEqual(events.at(-1), { type: 'service', service: 'web', state: 'restored', cause: '' });
  });

  it('have no copy left where the project could not be ended where it runs', async () => {
    const engine = await running();
    engine.removeContainer = id =>
      engine.containers.get(id)?.name === 'shop-web-1'
        ? Promise.reject(new OsError('engine-refused', 'not now'))
        : Promise.resolve();
    await assert.rejects(moveIt(engine), { code: 'engine-refused' });
    assert.deepEqual(Object.fromEntries(engine.contents), { shop_data: 'kept' });
    assert.ok([...engine.containers.values()].some(it => it.name === 'shop-web-1' && it.state === 'running'));
  });
  it('are as before where the supervisor is gone once they are copied, and the services run again', async () => {
    const engine = await running();
    readTarget = () => Promise.reject(new OsError('device-unreachable', 'port 48484: refused'));
    await assert.rejects(moveIt(engine), { code: 'device-unreachable' });
    assert.deepEqual(Object.fromEntries(engine.contents), { shop_data: 'kept' });
    assert.ok([...engine.containers.values()].some(it => it.name === 'shop-web-1' && it.state === 'running'));
  });

  it('are as before where the device has left local mode meanwhile, and the services run again', async () => {
    const engine = await running();
    readTarget = () => Promise.resolve(target('false'));
    await assert.rejects(moveIt(engine), { code: 'supervisor-refused', message: /^local mode is off/ });
    assert.deepEqual(Object.fromEntries(engine.contents), { shop_data: 'kept' });
    assert.ok([...engine.containers.values()].some(it => it.name === 'shop-web-1' && it.state === 'running'));
  });

  it('wait where a push fails between the two runners: the project is said to run nowhere, with the way on', async () => {
    const engine = await running();
    const describe = (): Promise<string | undefined> => describeStranded(engine.asEngine(), move, 'kitchen');
    assert.equal(await describe(), undefined);
    await moveIt(engine);
    assert.equal(
      await describe(),
      'shop has left the engine, and the supervisor does not run it yet; its data is in place; go on with: os push kitchen --runner supervisor',
    );
    engine.listContainers = () => Promise.reject(new OsError('connection-lost', 'lost'));
    assert.equal(await describe(), undefined);
  });
});
