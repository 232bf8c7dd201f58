import assert from 'node:assert/strict';
import { takeEntries } from '../../../../../src/project/context/copied-entries.ts';
import { listBuildSteps } from '../../../../../src/project/dockerfile/evaluate/build-steps.ts';
import {
  evaluateDockerfile,
  findTarget,
} from '../../../../../src/project/dockerfile/evaluate/evaluate-dockerfile.ts';
import { parseDockerfile } from '../../../../../src/project/dockerfile/parse/parse-dockerfile.ts';

const steps = (
  text: string,
  buildArgs: Record<string, string | null> = {},
  target?: string,
): ReturnType<typeof listBuildSteps> => {
  const evaluated = evaluateDockerfile(parseDockerfile(text), { buildArgs });
  return listBuildSteps(evaluated, findTarget(evaluated.stages, target));
};

describe('the steps of a build', () => {
  it('are counted as the engine counts them, up to the target', () => {
    const text = 'ARG A=1\nFROM busybox AS one\nRUN a \\\n # why\n  && b\nFROM one\nCMD x\n';
    assert.deepEqual(
      steps(text).map(({ number, stage, text: line }) => [number, stage, line]),
      [
        [1, -1, 'ARG A=1'],
        [2, 0, 'FROM busybox AS one'],
        [3, 0, 'RUN a   && b'],
        [4, 1, 'FROM one'],
        [5, 1, 'CMD x'],
      ],
    );
    assert.equal(steps(text, {}, 'one').length, 3);
  });

  it('know the build arguments that the engine looks at', () => {
    const text =
      'ARG G=g\nFROM busybox\nARG A=1\nARG B\nARG G\nARG HIDDEN=x\nENV HIDDEN=y\nRUN make\nLABEL a=$A\nFROM busybox\nRUN make\n';
    const args = steps(text, { B: 'b', A: null }).map(step => step.args);
    assert.deepEqual(args[7], { A: '1', B: 'b', G: 'g' });
    assert.deepEqual(args[8], { A: '1' });
    assert.deepEqual(args.at(-1), {});
  });

  it('know what COPY and ADD take, in both forms, unless only the base image can tell', () => {
    const text = [
      'FROM busybox AS one',
      'ARG DIR=src',
      'COPY --chown=1:1 a b /to/',
      'COPY ["a b", "$DIR", "/to/"]',
      'ADD http://example.com/x y /to/',
      'COPY $FROM_BASE /to/',
      'COPY --from=one /a /b',
    ].join('\n');
    assert.deepEqual(
      steps(text)
        .slice(2)
        .map(({ sources }) => sources),
      [['a', 'b'], ['a b', 'src'], ['y'], undefined, []],
    );
  });

  it('take directories whole, and wildcards by name', () => {
    const entries = new Map(['a', 'b.js', 'src/', 'src/c.js', 'srcs'].map(name => [name, name]));
    const taken = (source: string): string[] => [...takeEntries(entries, source).keys()];
    assert.deepEqual(taken('./'), [...entries.keys()]);
    assert.deepEqual(taken('/src/'), ['src/', 'src/c.js']);
    assert.deepEqual(taken('./src'), ['src/', 'src/c.js']);
    assert.deepEqual(taken('*.js'), ['b.js']);
    assert.deepEqual(taken('s*'), ['src/', 'src/c.js', 'srcs']);
  });
});
