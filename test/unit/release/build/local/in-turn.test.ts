import assert from 'node:assert/strict';
import { inTurn } from '../../../../../src/release/build/local/in-turn.ts';

describe('builds of one context', () => {
  it('run one after another, also after one that fails; others run beside them', async () => {
    const said: string[] = [];
    const work =
      (name: string, fails = false) =>
      async (): Promise<string> => {
        said.push(`${name} begins`);
        await new Promise(setImmediate);
        said.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const first = inTurn('a', work('one', true));
    const second = inTurn('a', work('two'));
    const third = inTurn('a', work('three'));
    const beside = inTurn('b', work('other'));
    await assert.rejects(first, /one/);
    assert.deepEqual(await Promise.all([second, third, beside]), ['two', 'three', 'other']);
    assert.deepEqual(
      said.filter(it => !it.startsWith('other')),
      ['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends'],
    );
    assert.ok(said.indexOf('other begins') < said.indexOf('one ends'), said.join());
  });
});
