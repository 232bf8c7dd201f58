import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { findBusyProjects, openProjectLock } from '../../../../src/release/lease/project-lock.ts';
import { OsError } from '../../../../src/core/errors.ts';
import { LockableEngine } from '../../../support/lockable-engine.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const { signal } = new AbortController();

describe('the lock of a project', () => {
  it('is held by one at a time, and free again afterwards', async () => {
    const engine = new LockableEngine();
    const first = await openProjectLock(engine.asEngine(), 'shop', { signal });
    await assert.rejects(openProjectLock(engine.asEngine(), 'shop', { signal }), { code: 'busy' });
    await using _other = await openProjectLock(engine.asEngine(), 'other', { signal });
    await first[Symbol.asyncDispose]();
    await using _second = await openProjectLock(engine.asEngine(), 'shop', { signal });
  });

  it('leaves nothing on the engine', async () => {
    const engine = new LockableEngine();
    const lock = await openProjectLock(engine.asEngine(), 'shop', { signal });
    await assert.rejects(openProjectLock(engine.asEngine(), 'shop', { signal }), { code: 'busy' });
    await lock[Symbol.asyncDispose]();
    assert.deepEqual([...engine.volumes.keys()], []);
    assert.equal(engine.listenerCount, 0);
  });

  it('is taken over from a holder that was killed', async () => {
    const engine = new LockableEngine();
    await engine.createVolume({ Name: 'os-lock-shop', Labels: { 'os.lock': 'dead' } });
    const clock = engine.fastClock();
    await using _lock = await openProjectLock(engine.asEngine(), 'shop', { signal, clock });
    assert.notEqual(engine.volumes.get('os-lock-shop')?.labels['os.lock'], 'dead');
    assert.deepEqual([...engine.volumes.keys()], ['os-lock-shop']);
  });

  /** The lock of a process that has ended, as it has left it; `change` makes it one of somewhere else. */
  async function abandon(engine: LockableEngine, change = (holder: string): string => holder): Promise<void> {
    const lock = await openProjectLock(engine.asEngine(), 'shop', { signal });
    const { pid } = spawnSync(process.execPath, ['--version']);
    const { 'os.lock.holder': holder = '' } = engine.volumes.get('os-lock-shop')?.labels ?? {};
    await lock[Symbol.asyncDispose]();
    const left = change(holder.replace(`"pid":${process.pid.toString()},`, `"pid":${pid.toString()},`));
    assert.notEqual(left, holder);
    await engine.createVolume({
      Name: 'os-lock-shop',
      Labels: { 'os.lock': 'dead', 'os.lock.holder': left },
    });
    engine.calls.length = 0;
  }
  const countProbes = ({ calls }: LockableEngine): number =>
    calls.filter(call => call.startsWith('create volume os-probe-')).length;

  it('is taken over at once from a process of this machine that is gone', async () => {
    const engine = new LockableEngine();
    await abandon(engine);
    await using _lock = await openProjectLock(engine.asEngine(), 'shop', {
      signal,
      clock: engine.fastClock(),
    });
    assert.equal(countProbes(engine), 0);
  });

  it('is probed if its process is alive or on another machine', async () => {
    const elsewhere = new LockableEngine();
    await abandon(elsewhere, holder => holder.replace(/"space":"\w/, '"space":"x'));
    const clock = elsewhere.fastClock();
    await using _lock = await openProjectLock(elsewhere.asEngine(), 'shop', { signal, clock });
    assert.equal(countProbes(elsewhere), 1);
    const alive = new LockableEngine();
    await using _held = await openProjectLock(alive.asEngine(), 'shop', { signal });
    await assert.rejects(openProjectLock(alive.asEngine(), 'shop', { signal }), { code: 'busy' });
    assert.equal(countProbes(alive), 1);
  });

  it('is not answered for by the holder of one whose name begins it', async () => {
    const engine = new LockableEngine();
    await using _shop = await openProjectLock(engine.asEngine(), 'shop', { signal });
    await engine.createVolume({ Name: 'os-lock-shop-2', Labels: { 'os.lock': 'dead' } });
    const clock = engine.fastClock();
    await using _lock = await openProjectLock(engine.asEngine(), 'shop-2', { signal, clock });
  });

  it('tells which projects are worked on, and forgets those whose holder was killed', async () => {
    const engine = new LockableEngine();
    await using _lock = await openProjectLock(engine.asEngine(), 'shop', { signal });
    await engine.createVolume({ Name: 'os-lock-old', Labels: { 'os.lock': 'dead' } });
    const clock = engine.fastClock();
    assert.deepEqual(await findBusyProjects(engine.asEngine(), { signal, clock }), ['shop']);
    assert.deepEqual([...engine.volumes.keys()], ['os-lock-shop']);
  });

  it('of a killed holder is left to another that has taken it while the dead one was probed', async () => {
    const engine = new LockableEngine();
    await engine.createVolume({ Name: 'os-lock-old', Labels: { 'os.lock': 'dead' } });
    const create = engine.createVolume.bind(engine);
    engine.createVolume = async options => {
      if (options.Name.startsWith('os-probe-'))
        engine.volumes.set('os-lock-old', { name: 'os-lock-old', labels: { 'os.lock': 'another' } });
      return await create(options);
    };
    await findBusyProjects(engine.asEngine(), { signal, clock: engine.fastClock() });
    assert.equal(engine.volumes.get('os-lock-old')?.labels['os.lock'], 'another');
  });

  /** True if somebody else may take the lock of `shop`. */
  const isFree = async (engine: LockableEngine): Promise<boolean> => {
    try {
      const other = await openProjectLock(engine.asEngine(), 'shop', { signal, clock: engine.fastClock() });
      await other[Symbol.asyncDispose]();
      return true;
    } catch (error) {
      if (error instanceof OsError && error.code === 'busy') return false;
      throw error;
    }
  };

  it('is held on when the connection by which its holder hears of probes is lost', async () => {
    const engine = new LockableEngine();
    const clock = engine.fastClock();
    const lock = await openProjectLock(engine.asEngine(), 'shop', { signal, clock });
    for (let i = 0; i < 3; i++) {
      engine.dropListeners();
      assert.equal(await isFree(engine), false);
    }
    await lock[Symbol.asyncDispose]();
    assert.deepEqual([[...engine.volumes.keys()], engine.listenerCount], [[], 0]);
  });

  it('is held on when a probe cannot be removed at once', async () => {
    const engine = new LockableEngine();
    const clock = engine.fastClock();
    await using _lock = await openProjectLock(engine.asEngine(), 'shop', { signal, clock });
    const remove = engine.removeVolume.bind(engine);
    let failures = 0;
    engine.removeVolume = name => {
      if (failures++ > 0) return remove(name);
      return Promise.reject(new OsError('connection-lost', 'the engine is busy'));
    };
    assert.equal(await isFree(engine), false);
    assert.ok(failures > 0);
  });

  const becomesLost = async ({ lost }: { readonly lost: AbortSignal }): Promise<unknown> => {
    for (let i = 0; i < 200 && !lost.aborted; i++) await new Promise(setImmediate);
    return lost.reason;
  };

  it('is lost where another has taken it while the engine was out of reach, or had it and is done', async () => {
    for (const change of [
      (engine: LockableEngine) =>
        engine.createVolume({ Name: 'os-lock-shop', Labels: { 'os.lock': 'another' } }),
      () => Promise.resolve(),
    ]) {
      const engine = new LockableEngine();
      const clock = engine.fastClock();
      await using lock = await openProjectLock(engine.asEngine(), 'shop', { signal, clock });
      engine.volumes.delete('os-lock-shop');
      await change(engine);
      assert.equal(lock.lost.aborted, false);
      engine.dropListeners();
      const reason = (await becomesLost(lock)) as OsError | undefined;
      assert.deepEqual(
        [reason?.code, reason?.message],
        ['busy', 'another os command has worked on the project shop while this one was cut off'],
      );
    }
  });

  it('is not lost where nobody has taken it while the engine was out of reach', async () => {
    const engine = new LockableEngine();
    const clock = engine.fastClock();
    await using lock = await openProjectLock(engine.asEngine(), 'shop', { signal, clock });
    engine.dropListeners();
    assert.equal(await becomesLost(lock), undefined);
  });

  it("that another process took over stays that process's when the former holder gives it up", async () => {
    const engine = new LockableEngine();
    // Its clock stands: it does not listen again.
    const clock = new ManualClock();
    const former = await openProjectLock(engine.asEngine(), 'shop', { signal, clock });
    engine.dropListeners();
    await using _other = await openProjectLock(engine.asEngine(), 'shop', {
      signal,
      clock: engine.fastClock(),
    });
    const taken = engine.volumes.get('os-lock-shop');
    await former[Symbol.asyncDispose]();
    assert.equal(engine.volumes.get('os-lock-shop'), taken);
    assert.equal(await isFree(engine), false);
  });

  it('is not taken by a process that cannot hear of probes', async () => {
    const engine = new LockableEngine();
    // eslint-disable-next-line require-yield
    engine.watchEvents = async function* () {
      await Promise.resolve();
      throw new OsError('connection-lost', 'no events');
    };
    await assert.rejects(openProjectLock(engine.asEngine(), 'shop', { signal }), { message: 'no events' });
    assert.deepEqual([...engine.volumes.keys()], []);
  });
});
