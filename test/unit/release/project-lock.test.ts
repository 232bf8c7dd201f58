import assert from 'node:assert/strict';
import { openProjectLock } from '../../../src/release/project-lock.ts';
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
});
