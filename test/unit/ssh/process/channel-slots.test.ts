import assert from 'node:assert/strict';
import { ChannelSlots } from '../../../../src/ssh/process/channel-slots.ts';

const soon = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('the slots of a connection', () => {
  it('wait for their turn once the server has refused one more', async () => {
    const slots = new ChannelSlots();
    await slots.take(undefined);
    await slots.take(undefined);
    await slots.take(undefined);
    assert.equal(slots.learnRefusal(), true);
    const order: number[] = [];
    const waiting = [1, 2].map(async place => {
      await slots.take(undefined);
      order.push(place);
    });
    await soon();
    assert.deepEqual(order, []);
    slots.release();
    await soon();
    assert.deepEqual(order, [1]);
    slots.release();
    await Promise.all(waiting);
    assert.deepEqual(order, [1, 2]);
  });

  it('are no answer to a server that refuses the only one', async () => {
    const slots = new ChannelSlots();
    await slots.take(undefined);
    assert.equal(slots.learnRefusal(), false);
  });

  it('are left by whoever is interrupted while waiting', async () => {
    const slots = new ChannelSlots();
    await slots.take(undefined);
    await slots.take(undefined);
    slots.learnRefusal();
    const interruption = new AbortController();
    const reason = new Error('interrupted');
    const waiting = slots.take(interruption.signal);
    interruption.abort(reason);
    await assert.rejects(waiting, reason);
    const next = slots.take(undefined);
    slots.release();
    await next;
  });
});
