import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { findBusyProjects, openProjectLock } from '../../../src/release/project-lock.ts';
import { LockableEngine } from '../../support/lockable-engine.ts';

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
  const knocksAt = ({ calls }: LockableEngine): number =>
    calls.filter(call => call.includes('os-knock-')).length;

  it('is taken over at once from a process of this machine that is gone', async () => {
    const engine = new LockableEngine();
    await abandon(engine);
    await using _lock = await openProjectLock(engine.asEngine(), 'shop', {
      signal,
      clock: engine.fastClock(),
    });
    assert.equal(knocksAt(engine), 0);
  });

  it('is knocked at where its process is one of another machine, or alive', async () => {
    const elsewhere = new LockableEngine();
    await abandon(elsewhere, holder => holder.replace(/"space":"\w/, '"space":"x'));
    const clock = elsewhere.fastClock();
    await using _lock = await openProjectLock(elsewhere.asEngine(), 'shop', { signal, clock });
    assert.equal(knocksAt(elsewhere), 1);
    const alive = new LockableEngine();
    await using _held = await openProjectLock(alive.asEngine(), 'shop', { signal });
    await assert.rejects(openProjectLock(alive.asEngine(), 'shop', { signal }), { code: 'busy' });
    assert.equal(knocksAt(alive), 1);
  });

  it('tells which projects are worked on, and forgets those whose holder was killed', async () => {
    const engine = new LockableEngine();
    await using _lock = await openProjectLock(engine.asEngine(), 'shop', { signal });
    await engine.createVolume({ Name: 'os-lock-old', Labels: { 'os.lock': 'dead' } });
    const clock = engine.fastClock();
    assert.deepEqual(await findBusyProjects(engine.asEngine(), { signal, clock }), ['shop']);
    assert.deepEqual([...engine.volumes.keys()], ['os-lock-shop']);
  });
});
