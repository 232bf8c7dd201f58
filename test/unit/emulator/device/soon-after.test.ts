import assert from 'node:assert/strict';
import { once } from 'node:events';
import { isThereSoonAfter } from '../../../../src/emulator/device/soon-after.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const untilAborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort');
  signal.throwIfAborted();
};

describe('the supervisor of a device that boots', () => {
  const graceMs = 10_000;
  const open = (): { clock: ManualClock; end: AbortController } => ({
    clock: new ManualClock(),
    end: new AbortController(),
  });

  it('is waited for as long as other parts of the device are', async () => {
    const { clock, end } = open();
    const never = new Promise<undefined>(() => undefined);
    const supervisor = clock.sleep(10 * graceMs);
    const there = isThereSoonAfter(never, () => supervisor, { graceMs, clock, signal: end.signal });
    await clock.advance(10 * graceMs);
    assert.equal(await there, true);
  });

  it('is not waited for longer than 10 s after them, and does not keep the device from being up', async () => {
    const { clock, end } = open();
    const there = isThereSoonAfter(Promise.resolve(), untilAborted, { graceMs, clock, signal: end.signal });
    await clock.advance(graceMs);
    assert.equal(await there, false);
  });

  it('is not waited for after an interruption, which is an error', async () => {
    const { clock, end } = open();
    const there = isThereSoonAfter(Promise.resolve(), untilAborted, { graceMs, clock, signal: end.signal });
    end.abort(new Error('Ctrl-C'));
    await assert.rejects(there, /Ctrl-C/);
  });
});
