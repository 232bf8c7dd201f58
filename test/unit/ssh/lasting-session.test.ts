import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { keepSession } from '../../../src/ssh/lasting-session.ts';
import type { SshSession } from '../../../src/ssh/session.ts';

/** Of a session nothing but whether it is open is asked. */
const openedSession = (): SshSession & { isOpen: boolean } => {
  const asked: Partial<SshSession> = {
    isOpen: true,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return asked as SshSession & { isOpen: boolean };
};

describe('an SSH session that lasts', () => {
  const never = (): Promise<SshSession> => Promise.reject(new Error('it is not to be opened again'));

  it('is the first one for as long as that is open', async () => {
    const first = openedSession();
    await using lasting = keepSession(first, never);
    assert.equal(await lasting.get(), first);
  });

  it('is opened again once, however many wait for it', async () => {
    const first = openedSession();
    const second = openedSession();
    let count = 0;
    await using lasting = keepSession(first, async () => {
      count += 1;
      await setImmediate();
      return second;
    });
    first.isOpen = false;
    const waiting = [lasting.get(), lasting.get(), lasting.get()];
    assert.deepEqual(await Promise.all(waiting), [second, second, second]);
    assert.equal(await lasting.get(), second);
    assert.equal(count, 1);
  });

  it('is tried again by the next who asks when it could not be opened', async () => {
    const first = openedSession();
    const second = openedSession();
    const outcomes = [Promise.reject(new Error('it is starting')), Promise.resolve(second)];
    await using lasting = keepSession(first, () => outcomes.shift() ?? never());
    first.isOpen = false;
    await assert.rejects(lasting.get(), /it is starting/);
    assert.equal(await lasting.get(), second);
  });

  it('is closed with whatever is being opened', async () => {
    const first = openedSession();
    const lasting = keepSession(
      first,
      signal =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    );
    first.isOpen = false;
    const refused = assert.rejects(lasting.get(), { name: 'AbortError' });
    await lasting[Symbol.asyncDispose]();
    await refused;
    await assert.rejects(lasting.get(), { name: 'AbortError' });
  });
});
