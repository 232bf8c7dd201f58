import assert from 'node:assert/strict';
import type { TerminalSize } from '../../../../src/engine/engine.ts';
import { resizeInTurn } from '../../../../src/reach/service/resize-in-turn.ts';

describe('the terminal of a program in a container', () => {
  const sizeOf = (rows: number): TerminalSize => ({ columns: 80, rows });

  it('has the last of many sizes, however slow the engine is with each', async () => {
    const asked: number[] = [];
    const answers: (() => void)[] = [];
    const resize = resizeInTurn(size => {
      asked.push(size.rows);
      return new Promise(resolve => answers.push(resolve));
    });
    for (const rows of [1, 2, 3, 4]) resize(sizeOf(rows));
    assert.deepEqual(asked, [1]);
    answers.shift()?.();
    await new Promise(setImmediate);
    assert.deepEqual(asked, [1, 4]);
    answers.shift()?.();
    await new Promise(setImmediate);
    resize(sizeOf(5));
    assert.deepEqual(asked, [1, 4, 5]);
  });

  it('is resized again after a request that failed', async () => {
    const asked: number[] = [];
    const resize = resizeInTurn(size => {
      asked.push(size.rows);
      return Promise.reject(new Error('gone'));
    });
    resize(sizeOf(1));
    resize(sizeOf(2));
    await new Promise(setImmediate);
    assert.deepEqual(asked, [1, 2]);
  });
});
