import assert from 'node:assert/strict';
import { Batcher, type Batch } from '../../../../src/sync/watch/batcher.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const never = new AbortController().signal;

/** A batcher, and the batches it has closed. */
function open(): { clock: ManualClock; batcher: Batcher<string>; closed: Batch<string>[] } {
  const clock = new ManualClock();
  const batcher = new Batcher<string>({ clock });
  const closed: Batch<string>[] = [];
  const collect = async (): Promise<void> => {
    for (;;) closed.push(await batcher.next(never));
  };
  void collect();
  return { clock, batcher, closed };
}

describe('a batch', () => {
  it('is closed 15 ms after a single event', async () => {
    const { clock, batcher, closed } = open();
    batcher.add('a');
    await clock.advance(14);
    assert.equal(closed.length, 0);
    await clock.advance(1);
    assert.deepEqual([...(closed[0]?.items ?? [])], ['a']);
  });

  it('waits for what comes close behind, and holds each path once', async () => {
    const { clock, batcher, closed } = open();
    for (const name of ['a', 'b', 'a']) {
      batcher.add(name);
      await clock.advance(10);
    }
    await clock.advance(5);
    assert.deepEqual([...(closed[0]?.items ?? [])], ['a', 'b']);
    assert.equal(closed[0]?.startedMs, 0);
  });

  it('waits no longer than 120 ms while events keep coming', async () => {
    const { clock, batcher, closed } = open();
    for (let i = 0; i < 13; i++) {
      batcher.add(`file ${i.toString()}`);
      await clock.advance(10);
    }
    assert.equal(closed.length, 1);
  });

  it('waits longer for a checkout of hundreds of files', async () => {
    const { clock, batcher, closed } = open();
    for (let i = 0; i < 300; i++) batcher.add(`file ${i.toString()}`);
    await clock.advance(49);
    assert.equal(closed.length, 0);
    await clock.advance(1);
    assert.equal(closed[0]?.items.size, 300);
  });

  it('stays open while it is held, and for what is told late', async () => {
    let isHeld = true;
    const clock = new ManualClock();
    const batcher = new Batcher<string>({ clock, isHeld: () => Promise.resolve(isHeld) });
    const closed: Batch<string>[] = [];
    void batcher.next(never).then(batch => closed.push(batch));
    batcher.add('a');
    await clock.advance(500);
    batcher.add('b');
    await clock.advance(500);
    assert.equal(closed.length, 0);
    isHeld = false;
    await clock.advance(10);
    batcher.add('c');
    await clock.advance(15);
    assert.deepEqual([...(closed[0]?.items ?? [])], ['a', 'b', 'c']);
  });

  it('ends its wait when its reader is told to stop', async () => {
    const stop = new AbortController();
    const waiting = new Batcher<string>({ clock: new ManualClock() }).next(stop.signal);
    stop.abort(new Error('stopped'));
    await assert.rejects(waiting, /stopped/);
  });
});
