import assert from 'node:assert/strict';
import type { OsError } from '../../../../src/core/errors.ts';
import { openLockWatch, type LockWait } from '../../../../src/release/supervised/watch-locks.ts';
import type { Supervisor } from '../../../../src/supervisor/client/supervisor.ts';
import { lockHolderOf } from '../../../../src/supervisor/client/supervisor-failure.ts';

const attempt = (service: string): string =>
  `Updates are locked, retrying in 1s. Reason: Lockfile exists for { appId: 7, service: ${service} }`;

/** Watches a supervisor that prints `lines`, each at its time in seconds. */
async function watch(
  lines: readonly (readonly [atS: number, text: string, service?: string])[],
  overridesLocks = false,
): Promise<{ readonly waits: readonly LockWait[]; readonly failure: OsError | undefined }> {
  const waits: LockWait[] = [];
  const time = { nowMs: 0 };
  let onRead = (): void => undefined;
  const read = new Promise<void>(resolve => {
    onRead = resolve;
  });
  const followLogs: Supervisor['followLogs'] = async function* () {
    for (const [atS, text, service] of lines) {
      await Promise.resolve();
      time.nowMs = atS * 1000;
      yield { service, text, timeMs: undefined, isError: false };
    }
    onRead();
  };
  await using locks = openLockWatch(
    { supervisor: { followLogs } as Supervisor, lockHolderOf },
    { overridesLocks, onLock: wait => waits.push(wait), signal: new AbortController().signal },
    { nowMs: () => time.nowMs },
  );
  await read;
  return { waits, failure: locks.failure() };
}

describe('the wait for an update lock', () => {
  it('is said once, when it begins, with who holds the lock and the way round it', async () => {
    const { waits } = await watch([
      [0, 'Killing service web'],
      [1, attempt('db')],
      [2, attempt('db')],
    ]);
    assert.deepEqual(waits, [
      {
        holder: 'db',
        message: 'the supervisor waits: db holds the update lock; --force overrides it',
      },
    ]);
  });

  it('names no holder where the supervisor names none, and believes no service that prints the same', async () => {
    assert.deepEqual((await watch([[1, attempt('db'), 'web']])).waits, []);
    const { waits } = await watch([[1, 'Updates are locked by a person']]);
    assert.deepEqual(waits[0]?.holder, null);
  });

  it('is reported on one line whatever the supervisor prints of it', async () => {
    const { waits, failure } = await watch([
      [0, 'Updates are locked\n    go on with: rm -rf /\u001b[31m'],
      [8, `Updates are locked\n${'x'.repeat(90_000)}`],
    ]);
    const first = 'the supervisor waits: Updates are locked?    go on with: rm -rf /; --force overrides it';
    assert.equal(waits[0]?.message, first);
    assert.ok(failure !== undefined && failure.message.length < 3000);
    assert.doesNotMatch(failure.message, /\n/);
  });

  it('is no failure while the lock may be held for a short work', async () => {
    const at = (...seconds: number[]) => watch(seconds.map(atS => [atS, attempt('db')] as const));
    assert.equal((await at(0, 1, 3)).failure, undefined);
    const { failure } = await at(0, 1, 3, 7);
    assert.equal(failure?.code, 'busy');
    assert.equal(failure.message, 'db holds the update lock, so that the supervisor waits');
    assert.match(failure.hint ?? '', /--force overrides the lock$/);
  });

  it('is never a failure where the lock is overridden', async () => {
    const { waits, failure } = await watch(
      [
        [0, attempt('db')],
        [60, attempt('db')],
      ],
      true,
    );
    assert.equal(failure, undefined);
    assert.match(waits[0]?.message ?? '', /it is about to be overridden$/);
  });
});
