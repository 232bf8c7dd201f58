import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { OsError } from '../../../../src/core/errors.ts';
import {
  findOtherSession,
  openSessionLease,
  removeDeadSessions,
  type SessionLease,
} from '../../../../src/release/lease/session-lease.ts';
import { describeOwner, parseOwner } from '../../../../src/release/lease/session-owner.ts';
import { openProjectLock } from '../../../../src/release/lease/project-lock.ts';
import { cutEngine } from '../../../support/cut-engine.ts';
import { LockableEngine } from '../../../support/lockable-engine.ts';

const { signal } = new AbortController();

const open = (
  engine: LockableEngine,
  services: readonly string[] = [],
  project = 'shop',
): Promise<SessionLease> =>
  openSessionLease(engine.asEngine(), { project, services }, { signal, clock: engine.fastClock() });

const refusal = async (opening: Promise<unknown>): Promise<string> => {
  const error: unknown = await opening.then(
    () => undefined,
    (it: unknown) => it,
  );
  assert.ok(error instanceof OsError, 'it is opened');
  assert.equal(error.code, 'busy');
  return error.message;
};

/** The session of a process that has ended, or is on another machine that answers no more, as it has left it. */
async function abandon(engine: LockableEngine, change: (holder: string) => string): Promise<void> {
  const session = await open(engine);
  const volume = [...engine.volumes.values()].find(({ name }) => name.startsWith('os-session-'));
  assert.ok(volume);
  const { name, labels } = volume;
  await session[Symbol.asyncDispose]();
  const left = change(labels['os.lock.holder'] ?? '');
  assert.notEqual(left, labels['os.lock.holder']);
  await engine.createVolume({ Name: name, Labels: { ...labels, 'os.lock.holder': left } });
}

describe('two live sessions of one project on one device', () => {
  it('do not meet: the second is told who is at work, where and since when', async () => {
    const engine = new LockableEngine();
    await using _first = await open(engine);
    assert.match(
      await refusal(open(engine)),
      new RegExp(
        `^another live session of shop is at work on this device: \\S+ on ${hostname()}, process ${process.pid.toString()}, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC$`,
      ),
    );
  });

  it('that begin at the same moment are one at most', async () => {
    const engine = new LockableEngine();
    const opening = await Promise.allSettled([open(engine), open(engine), open(engine)]);
    const opened = opening.flatMap(it => (it.status === 'fulfilled' ? [it.value] : []));
    assert.ok(opened.length <= 1);
    for (const it of opened) await it[Symbol.asyncDispose]();
    assert.deepEqual([...engine.volumes.keys()], []);
  });

  it('may follow one another, and leave nothing on the engine', async () => {
    const engine = new LockableEngine();
    await (await open(engine))[Symbol.asyncDispose]();
    await (await open(engine))[Symbol.asyncDispose]();
    assert.deepEqual([...engine.volumes.keys()], []);
    assert.equal(engine.listenerCount, 0);
  });

  it('of different services work beside each other', async () => {
    const engine = new LockableEngine();
    await using _web = await open(engine, ['web', 'db']);
    await using _api = await open(engine, ['api']);
    await refusal(open(engine, ['db']));
    await refusal(open(engine));
  });

  it('do not hinder another project, whatever its name, nor a push', async () => {
    const engine = new LockableEngine();
    await using _shop = await open(engine);
    await using _other = await open(engine, [], 'shop-2');
    await using _lock = await openProjectLock(engine.asEngine(), 'shop', { signal });
  });

  it('are one where the first was killed, on this machine or on another', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    const ended = (holder: string): string =>
      holder.replace(`"pid":${process.pid.toString()},`, `"pid":${pid.toString()},`);
    for (const change of [ended, (holder: string) => holder.replace(/"space":"\w/, '"space":"x')]) {
      const engine = new LockableEngine();
      await abandon(engine, change);
      await using _next = await open(engine);
      assert.equal([...engine.volumes.keys()].length, 1);
    }
  });

  it('are told of by a push that begins none', async () => {
    const engine = new LockableEngine();
    const find = (): Promise<string | undefined> =>
      findOtherSession(
        engine.asEngine(),
        { project: 'shop', services: [] },
        { signal, clock: engine.fastClock() },
      );
    assert.equal(await find(), undefined);
    await using _own = await open(engine);
    assert.equal(await find(), undefined);
    for (const [name, it] of engine.volumes) {
      const owner = JSON.stringify({
        user: 'anna',
        machine: 'laptop',
        pid: 7,
        since: '2026-11-29T14:05:00Z',
        services: [],
      });
      engine.volumes.set(name, { ...it, labels: { ...it.labels, 'os.session.owner': owner } });
    }
    assert.equal(
      await find(),
      'a live session of shop is at work on this device and syncs its own files: anna on laptop, process 7, since 2026-11-29 14:05 UTC',
    );
  });
});

describe('a push that begins no live session and takes no lock', () => {
  const find = (engine: LockableEngine): Promise<string | undefined> =>
    findOtherSession(
      engine.asEngine(),
      { project: 'shop', services: [] },
      { signal, clock: engine.fastClock() },
    );

  /** The lock that a process has left; `change` makes it one of another holder. */
  async function leaveLock(engine: LockableEngine, change: (holder: string) => string): Promise<void> {
    const lock = await openProjectLock(engine.asEngine(), 'shop', { signal });
    const left = { ...engine.volumes.get('os-lock-shop')?.labels };
    await lock[Symbol.asyncDispose]();
    const Labels = { ...left, 'os.lock.holder': change(left['os.lock.holder'] ?? '') };
    await engine.createVolume({ Name: 'os-lock-shop', Labels });
    engine.calls.length = 0;
  }
  const { pid } = spawnSync(process.execPath, ['--version']);
  const ended = (holder: string): string =>
    holder.replace(`"pid":${process.pid.toString()},`, `"pid":${pid.toString()},`);

  it('removes the lock that a process of this machine has left when it was cut off at its end', async () => {
    const engine = new LockableEngine();
    await leaveLock(engine, ended);
    await engine.createVolume({ Name: 'shop_data', Labels: { 'os.made': '1' } });
    await find(engine);
    assert.deepEqual([...engine.volumes.keys()], ['shop_data']);
  });

  it('leaves the locks of processes that live, of other machines, of no known process and of other projects', async () => {
    const elsewhere = (holder: string): string => ended(holder).replace(/"space":"\w/, '"space":"x');
    for (const change of [(holder: string) => holder, elsewhere, () => '', () => 'null']) {
      const engine = new LockableEngine();
      await leaveLock(engine, change);
      await find(engine);
      assert.deepEqual([...engine.volumes.keys()], ['os-lock-shop']);
    }
    const engine = new LockableEngine();
    await leaveLock(engine, ended);
    await findOtherSession(engine.asEngine(), { project: 'shop-2', services: [] }, { signal });
    assert.deepEqual([...engine.volumes.keys()], ['os-lock-shop']);
  });

  it('leaves a lock that another process has taken over meanwhile', async () => {
    const engine = new LockableEngine();
    await leaveLock(engine, ended);
    const list = engine.listVolumes.bind(engine);
    engine.listVolumes = async (...args: Parameters<typeof list>) => {
      const volumes = await list(...args);
      engine.volumes.set('os-lock-shop', { name: 'os-lock-shop', labels: { 'os.lock': 'another' } });
      return volumes;
    };
    await find(engine);
    assert.equal(engine.volumes.get('os-lock-shop')?.labels['os.lock'], 'another');
  });

  it('asks the engine once about sessions and locks where there is nothing to remove', async () => {
    const engine = new LockableEngine();
    await leaveLock(engine, holder => holder);
    const counted = cutEngine(engine.asEngine(), 0);
    await findOtherSession(counted.engine, { project: 'shop', services: [] }, { signal });
    assert.deepEqual(counted.requests, ['listVolumes']);
  });
});

describe('a live session', () => {
  it('whose device was out of reach goes on, and ends if another one has begun meanwhile', async () => {
    const engine = new LockableEngine();
    const session = await open(engine);
    const [name = ''] = [...engine.volumes.keys()];
    const keeping = session.keep(signal);
    keeping.catch(() => undefined);
    engine.dropListeners();
    engine.volumes.delete(name);
    for (let i = 0; i < 200 && !engine.volumes.has(name); i++) await new Promise(setImmediate);
    assert.ok(engine.volumes.has(name), 'it is not taken again');
    // Now with another in its place.
    engine.volumes.delete(name);
    const other = await open(engine);
    engine.dropListeners(1);
    assert.match(await refusal(keeping), /^another live session of shop/);
    await other[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
    assert.deepEqual([...engine.volumes.keys()], []);
  });

  it('ends with Ctrl-C', async () => {
    const engine = new LockableEngine();
    await using session = await open(engine);
    const ending = new AbortController();
    const keeping = session.keep(ending.signal);
    ending.abort(new Error('Ctrl-C'));
    await assert.rejects(keeping, /Ctrl-C/);
  });

  it('that was killed is cleaned away, a live one is not', async () => {
    const engine = new LockableEngine();
    await abandon(engine, holder => holder.replace(/"space":"\w/, '"space":"x'));
    await using _other = await open(engine, [], 'other');
    await removeDeadSessions(engine.asEngine(), { signal, clock: engine.fastClock() });
    assert.deepEqual(
      [...engine.volumes.keys()].map(it => it.split('.')[0]),
      ['os-session-other'],
    );
  });
});

describe('the owner of a session', () => {
  it('is read from a device that is not trusted', () => {
    for (const text of [undefined, '', 'null', '[]', '{"user":3,"machine":[],"pid":"x","services":{}}'])
      assert.equal(describeOwner(parseOwner(text)), 'somebody');
    const hostile = describeOwner(parseOwner(JSON.stringify({ user: '\u001b[2Jroot\n', machine: 'x' })));
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(hostile, /[\u0000-\u001f]/);
  });
});
