import assert from 'node:assert/strict';
import { parseDockerfile } from '../../../../../src/project/dockerfile/parse/parse-dockerfile.ts';
import { readPlainCopy, type PlainCopy } from '../../../../../src/release/build/delta/plain-copy.ts';

function read(line: string): PlainCopy | undefined {
  const [, instruction] = parseDockerfile(`FROM x\n${line}\n`).instructions;
  assert.ok(instruction);
  return readPlainCopy(instruction, { values: new Map([['DIR', 'src']]), workingDirectory: '/app' });
}

describe('a COPY that a delta can be made of', () => {
  it('is read with its variables, its owner and its working directory', () => {
    const said = (line: string): unknown[] => {
      const copy = read(line);
      assert.ok(copy, line);
      return [copy.sources, copy.destination, copy.isIntoDirectory, copy.uid, copy.gid];
    };
    assert.deepEqual(said('COPY . .'), [[''], '/app', true, 0, 0]);
    assert.deepEqual(said('COPY ./$DIR/ /x/${DIR}'), [['src'], '/x/src', false, 0, 0]);
    assert.deepEqual(said('COPY --chown=7:8 a b d/'), [['a', 'b'], '/app/d', true, 7, 8]);
    assert.deepEqual(said('COPY ["a b", "c"]'), [['a b'], '/app/c', false, 0, 0]);
  });

  it('is left to the builder where its meaning is not beyond doubt', () => {
    for (const line of [
      'COPY *.js .',
      'COPY "a" .',
      'COPY $NOT .',
      'COPY ${DIR:-a} .',
      'COPY ../a .',
      'COPY --chown=node a .',
      'COPY --link a .',
      'ADD https://example.com/a .',
      'COPY a\\ b .',
    ])
      assert.equal(read(line), undefined, line);
  });
});
