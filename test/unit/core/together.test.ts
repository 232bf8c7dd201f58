import assert from 'node:assert/strict';
import { runBeside } from '../../../src/core/together.ts';

const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
const { signal } = new AbortController();

describe('a task that runs beside others', () => {
  it('returns its result when the others have been aborted and have ended', async () => {
    const ended: string[] = [];
    const other = async (within: AbortSignal): Promise<void> => {
      await never(within).catch((error: unknown) => {
        ended.push('other');
        throw error;
      });
    };
    assert.equal(await runBeside(signal, () => Promise.resolve('result'), [other, other]), 'result');
    assert.deepEqual(ended, ['other', 'other']);
  });

  it('is aborted by the failure of another, which is thrown', async () => {
    const failure = new Error('another fails');
    await assert.rejects(
      runBeside(signal, never, [() => Promise.reject(failure)]),
      error => error === failure,
    );
  });

  it('throws what another fails with at the end', async () => {
    const failure = new Error('it fails to close');
    const other = (within: AbortSignal): Promise<never> => never(within).catch(() => Promise.reject(failure));
    await assert.rejects(
      runBeside(signal, () => Promise.resolve(), [other]),
      error => error === failure,
    );
  });

  it('throws the reason of the signal', async () => {
    const stop = new AbortController();
    const running = runBeside(stop.signal, never, [never]);
    stop.abort(new Error('stopped'));
    await assert.rejects(running, /stopped/);
  });
});
