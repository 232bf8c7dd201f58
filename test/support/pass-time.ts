import { mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';

/**
 * Does `work` with timers whose time passes at once, 10 ms a turn, until it settles; returns its outcome. For code whose time
 * limits are timers of Node.js. A real wait in it, e.g. for a file, takes as much of that time as it takes turns.
 */
export async function passTime<T>(work: () => Promise<T>): Promise<T> {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const state = { isSettled: false };
    const settle = (): void => {
      state.isSettled = true;
    };
    const working = work();
    working.then(settle, settle);
    while (!state.isSettled) {
      await setImmediate();
      mock.timers.tick(10);
    }
    return await working;
  } finally {
    mock.timers.reset();
  }
}
