import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../../src/core/errors.ts';
import { openLock } from '../../../src/state/lock.ts';
import { isProcessAlive, processIdentity, readProcessSpace } from '../../../src/state/process-identity.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

describe('a lock', () => {
  it('is held by one at a time, and free when disposed', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'deep', 'lock');
    {
      await using _held = await openLock(file, { what: 'the device', waitMs: 0 });
      await assert.rejects(
        openLock(file, { what: 'the device', waitMs: 0 }),
        (error: unknown) =>
          error instanceof OsError && error.code === 'busy' && error.message.includes('the device'),
      );
    }
    assert.equal(existsSync(file), false);
    await using _again = await openLock(file, { what: 'the device', waitMs: 0 });
  });

  it("that another process took over stays that process's when the former holder gives it up", async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    const former = await openLock(file, { what: 'it', waitMs: 0 });
    const claim = JSON.stringify({ ...processIdentity(process.pid), nonce: 'of another' });
    await writeFile(file, claim);
    await former[Symbol.asyncDispose]();
    assert.equal(await readFile(file, 'utf8'), claim);
  });

  const dead = JSON.stringify({ ...processIdentity(process.pid), pid: 999_999_999, nonce: 'its' });
  /** The file whose creator removes `claim` from `claimed`. */
  const rightOf = (claimed: string, claim: string): string =>
    `${claimed}.dead-${createHash('sha256').update(claim).digest('hex').slice(0, 12)}`;

  it('of a dead process that another takes meanwhile is not touched, not even for a moment', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    await writeFile(file, dead);
    let other: AsyncDisposable | undefined;
    const touchedAt = (): bigint => statSync(file, { bigint: true }).ctimeNs;
    let takenAt: bigint | undefined;
    const late = openLock(file, {
      what: 'it',
      waitMs: 0,
      onDead: async () => {
        other ??= await openLock(file, { what: 'it', waitMs: 0 });
        takenAt = touchedAt();
      },
    });
    await assert.rejects(late, { code: 'busy' });
    assert.equal(touchedAt(), takenAt);
    await other?.[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(directory.path), []);
  });

  it('of a dead process is left to the live one that is removing it', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    const right = rightOf(file, dead);
    const remover = JSON.stringify({ ...processIdentity(process.pid), nonce: 'its' });
    await writeFile(file, dead);
    await writeFile(right, remover);
    await assert.rejects(openLock(file, { what: 'it', waitMs: 0 }), { code: 'busy' });
    assert.deepEqual([await readFile(file, 'utf8'), await readFile(right, 'utf8')], [dead, remover]);
  });

  it('is given to one of many that find it left by a dead process at the same time', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    for (let round = 0; round < 20; round++) {
      await writeFile(file, dead);
      const all = await Promise.allSettled(
        Array.from({ length: 8 }, () => openLock(file, { what: 'it', waitMs: 0 })),
      );
      const held = all.flatMap(it => (it.status === 'fulfilled' ? [it.value] : []));
      assert.equal(held.length, 1);
      await held[0]?.[Symbol.asyncDispose]();
    }
  });

  it('is taken over also where a process died that was taking it over, which leaves nothing', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    const taker = JSON.stringify({ ...processIdentity(process.pid), pid: 999_999_998, nonce: 'its' });
    await writeFile(file, dead);
    await writeFile(rightOf(file, dead), taker);
    await writeFile(rightOf(file, 'of an earlier time'), taker);
    await writeFile(rightOf(rightOf(file, dead), taker), dead);
    await using _held = await openLock(file, { what: 'it', waitMs: 0 });
    assert.deepEqual(await readdir(directory.path), ['lock']);
  });

  it('is taken without what killed processes have left beside it, and nothing else is removed there', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    const { startTicks } = processIdentity(process.pid);
    const own = `lock.${process.pid.toString()}-${startTicks ?? ''}-0123456789ab`;
    const dead = ['lock.999999999-1-0123456789ab', `lock.${process.pid.toString()}-1-0123456789ab`];
    const others = ['lock.txt', 'lock.1-2-x', 'block.999999999-1-0123456789ab', 'lock.0123456789ab'];
    for (const name of [own, ...others, ...dead]) await writeFile(path.join(directory.path, name), '');
    await using _held = await openLock(file, { what: 'it', waitMs: 0 });
    const left = await readdir(directory.path);
    assert.deepEqual(left.sort(), [own, ...others, 'lock', ...(startTicks === null ? dead : [])].sort());
  });

  it('of a process in another container is held, and one of the boot before is not', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    const { boot } = processIdentity(process.pid);
    const claimOf = (space: string): string =>
      JSON.stringify({ pid: 999_999_999, boot: space.split(' ')[0], startTicks: '1', space });
    if (boot !== null) {
      await writeFile(file, claimOf(`${boot} pid:[1]`));
      await assert.rejects(openLock(file, { what: 'it', waitMs: 0 }), { code: 'busy' });
    }
    await writeFile(file, claimOf('earlier pid:[1]'));
    await using _held = await openLock(file, { what: 'it', waitMs: 0 });
  });

  it('of an earlier version, which tells no container, is taken over from a dead process', async () => {
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    await writeFile(file, JSON.stringify({ ...processIdentity(process.pid), nonce: 'its' }));
    await assert.rejects(openLock(file, { what: 'it', waitMs: 0 }), {
      code: 'busy',
      hint: 'wait for it to end, then try again',
    });
    await writeFile(
      file,
      JSON.stringify({ ...processIdentity(process.pid), pid: 999_999_999, nonce: 'its' }),
    );
    await using _held = await openLock(file, { what: 'it', waitMs: 0 });
  });

  it('is taken without a look at what processes of other containers have beside it', async function () {
    const space = /\d+(?=\])/.exec(readProcessSpace() ?? '')?.[0];
    if (space === undefined) this.skip();
    await using directory = await openTempDirectory();
    const file = path.join(directory.path, 'lock');
    const others = 'lock.999999999-1-1-0123456789ab';
    const dead = `lock.999999999-1-${space}-0123456789ab`;
    for (const name of [others, dead]) await writeFile(path.join(directory.path, name), '');
    await using _held = await openLock(file, { what: 'it', waitMs: 0 });
    assert.deepEqual((await readdir(directory.path)).sort(), ['lock', others]);
  });

  it('is not mistaken for one of a later process with the same number, also after a reboot', () => {
    const me = processIdentity(process.pid);
    assert.equal(isProcessAlive(me), true);
    if (me.startTicks !== null) assert.equal(isProcessAlive({ ...me, startTicks: '1' }), false);
    assert.equal(isProcessAlive({ ...me, boot: 'the boot before' }), false);
    if (me.boot !== null) assert.equal(isProcessAlive({ ...me, startTicks: null }), false);
    for (const nonsense of [null, 1, {}, { pid: -1, startTicks: null }, { pid: 'x', startTicks: null }])
      assert.equal(isProcessAlive(nonsense), false);
  });
});
