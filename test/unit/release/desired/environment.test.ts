import assert from 'node:assert/strict';
import { parseEnvironment, withEnvironment } from '../../../../src/release/desired/environment.ts';
import { project, service } from '../../../support/composition.ts';

describe('variables', () => {
  it('are lines of a file, taken as they are', () => {
    assert.deepEqual(parseEnvironment('# no\nA=1\n\nB="x y"\r\nC=\nD'), [
      ['A', '1'],
      ['B', '"x y"'],
      ['C', ''],
    ]);
  });

  it('are taken from the user where a line has a name alone', () => {
    const users = { B: 'mine' };
    assert.deepEqual(
      parseEnvironment('  # A=1\n  A=1 \nB\nC\n', 'x.env', name => (users as Record<string, string>)[name]),
      [
        ['A', '1 '],
        ['B', 'mine'],
      ],
    );
  });

  it('are refused where a name has blanks, without what stands there, which may be secret', () => {
    for (const line of ['export A=1', 'A =1', '=1', 'secret words'])
      assert.throws(() => parseEnvironment(`X=1\n${line}`, 'x.env'), {
        code: 'usage',
        message: "x.env:2: a variable's name has no blanks",
      });
  });

  it('are for every service or for one', () => {
    const { services } = withEnvironment(
      project([service('a', { environment: { A: '0', Z: '9' } }), service('b')]),
      [
        ['A', '1'],
        ['b:B', '2'],
      ],
    );
    assert.deepEqual(
      services.map(({ environment }) => environment),
      [
        { A: '1', Z: '9' },
        { A: '1', B: '2' },
      ],
    );
    assert.throws(() => withEnvironment(project([service('a')]), [['x:A', '1']]), { code: 'usage' });
  });

  it('are set although the compose file gives them no value', () => {
    const a = service('a', { unsetVariables: ['A', 'B'] });
    const [only] = withEnvironment(project([a]), [['A', '1']]).services;
    assert.deepEqual([only?.environment, only?.unsetVariables], [{ A: '1' }, ['B']]);
  });
});
