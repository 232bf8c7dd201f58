import assert from 'node:assert/strict';
import { OsError } from '../../../src/core/errors.ts';
import type { TunnelEvent } from '../../../src/tunnel/tunnel-events.ts';
import { watchDevice } from '../../../src/tunnel/watch-device.ts';
import { ManualClock } from '../../support/manual-clock.ts';

interface FakeSession {
  readonly closed: Promise<void>;
  readonly lose: () => void;
}

function openedSession(): FakeSession {
  let lose = (): void => undefined;
  const closed = new Promise<void>(resolve => (lose = resolve));
  return { closed, lose: () => lose() };
}

describe('a tunnel whose device is lost', () => {
  const unreachable = new OsError('device-unreachable', 'nothing answers');

  it('tries once a second until it is back, and says so once each time', async () => {
    const clock = new ManualClock();
    const [first, second] = [openedSession(), openedSession()];
    const outcomes = [unreachable, new OsError('auth-refused', 'it is starting'), second];
    const events: TunnelEvent[] = [];
    const back: FakeSession[] = [];
    const ending = new AbortController();
    const watching = watchDevice(first, {
      clock,
      getSession: () => {
        const outcome = outcomes.shift();
        if (outcome === undefined) assert.fail('it is not asked for again');
        return outcome instanceof OsError ? Promise.reject(outcome) : Promise.resolve(outcome);
      },
      onBack: session => back.push(session),
      report: event => events.push(event),
      signal: ending.signal,
    });
    const over = assert.rejects(watching, /over/);
    await clock.advance(10_000);
    assert.deepEqual(events, []);
    first.lose();
    await clock.advance(500);
    assert.equal(outcomes.length, 2);
    assert.deepEqual(events, [{ type: 'connection', state: 'lost' }]);
    await clock.advance(2000);
    assert.deepEqual(events.slice(1), [{ type: 'connection', state: 'restored' }]);
    assert.deepEqual(back, [second]);
    ending.abort(new Error('over'));
    await over;
  });

  it('ends where another device shows up in its place', async () => {
    const session = openedSession();
    session.lose();
    const changed = new OsError('host-key-changed', 'it shows another key');
    const watching = watchDevice(session, {
      clock: new ManualClock(),
      getSession: () => Promise.reject(changed),
      onBack: () => assert.fail('it is not back'),
      report: () => undefined,
      signal: new AbortController().signal,
    });
    await assert.rejects(watching, { code: 'host-key-changed' });
  });
});
