import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Pulse } from '../../../../src/engine/connect/pulse.ts';

describe('an engine that requests wait for', () => {
  let asked: number;
  let silences: number;
  /** Called with the stream on which the engine is asked. */
  let answer: (stream: Duplex) => void;
  let pulse: Pulse;

  const silentStream = (): Duplex =>
    new Duplex({ read: () => undefined, write: (_data, _encoding, done) => done() });

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    [asked, silences, answer] = [0, 0, () => undefined];
    const open = (): Promise<Duplex> => {
      asked += 1;
      const stream = silentStream();
      answer(stream);
      return Promise.resolve(stream);
    };
    pulse = new Pulse(open, () => (silences += 1));
  });
  afterEach(() => mock.timers.reset());

  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      mock.timers.tick(1000);
      await setImmediate();
    }
  };

  it('hangs where it has answered nothing for two minutes, and is waited for less long from then on', async () => {
    pulse.begin();
    await pass(149);
    assert.equal(silences, 0);
    await pass(2);
    assert.equal(silences, 1);
    await pass(8);
    assert.equal(silences, 2);
  });

  it('is believed to work while it answers, however long a request takes', async () => {
    answer = stream => stream.push('HTTP/1.1 200 OK\r\n');
    pulse.begin();
    await pass(3600);
    assert.equal(silences, 0);
    assert.ok(asked > 100, asked.toString());
  });

  it('does not hang where it closes the connection, or answers again', async () => {
    answer = stream => void stream.push(null);
    pulse.begin();
    await pass(300);
    assert.equal(silences, 0);
    answer = () => undefined;
    await pass(155);
    const before = silences;
    assert.notEqual(before, 0);
    answer = stream => stream.push('HTTP/1.1 200 OK\r\n');
    await pass(300);
    assert.ok(silences <= before + 1, 'one question may have been asked before it answers again');
  });

  it('is not asked where nothing waits for it, nor called silent by an answer that nothing waits for any more', async () => {
    await pass(300);
    assert.equal(asked, 0);
    pulse.begin();
    pulse.begin();
    pulse.end();
    await pass(40);
    assert.equal(asked, 1);
    pulse.end();
    await pass(600);
    assert.deepEqual([asked, silences], [1, 0]);
  });

  it('is not one that hangs where it cannot be reached', async () => {
    const unreachable = new Pulse(
      () => Promise.reject(new Error('refused')),
      () => (silences += 1),
    );
    unreachable.begin();
    await pass(600);
    assert.equal(silences, 0);
  });
});
