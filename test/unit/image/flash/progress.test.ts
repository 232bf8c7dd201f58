import assert from 'node:assert/strict';
import type { FlashEvent } from '../../../../src/image/flash/flash-events.ts';
import { createProgress } from '../../../../src/image/flash/progress.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

describe('the progress of a flash', () => {
  it('is told four times a second at most, with speed and remaining time of the last seconds, in each phase anew', async () => {
    const clock = new ManualClock();
    const events: Extract<FlashEvent, { readonly type: 'flash-progress' }>[] = [];
    const progress = createProgress('/dev/sdb', clock, event => {
      if (event.type === 'flash-progress') events.push(event);
    });
    for (let step = 0; step <= 100; step += 1) {
      progress('writing', step * 1_000_000, step / 200);
      await clock.advance(100);
    }
    const last = events.at(-1) ?? assert.fail('nothing is told');
    assert.ok(events.length >= 30 && events.length <= 41, events.length.toString());
    assert.equal(last.bytesPerSecond, 10_000_000);
    const leftMs = ((1 - last.share) / 0.5) * 10_000;
    assert.ok(
      Math.abs((last.remainingMs ?? 0) - leftMs) < 100,
      `${String(last.remainingMs)} ${leftMs.toString()}`,
    );
    progress('verifying', 0, 0);
    const first = events.at(-1);
    assert.deepEqual(
      [first?.phase, first?.bytesPerSecond, first?.remainingMs],
      ['verifying', undefined, undefined],
    );
  });
});
