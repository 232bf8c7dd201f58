import assert from 'node:assert/strict';
import { findBaseImages } from '../../../../../src/project/dockerfile/evaluate/base-images.ts';
import { listBuildSteps } from '../../../../../src/project/dockerfile/evaluate/build-steps.ts';
import {
  evaluateDockerfile,
  type EvaluateOptions,
} from '../../../../../src/project/dockerfile/evaluate/evaluate-dockerfile.ts';
import { expandWord, WordError } from '../../../../../src/project/dockerfile/evaluate/expand-word.ts';
import { emptyImageConfig } from '../../../../../src/project/dockerfile/evaluate/image-config.ts';
import { parseDockerfile } from '../../../../../src/project/dockerfile/parse/parse-dockerfile.ts';

const evaluate = (
  lines: readonly string[],
  options: Partial<EvaluateOptions> = {},
): ReturnType<typeof evaluateDockerfile> =>
  evaluateDockerfile(parseDockerfile(lines.join('\n')), { buildArgs: {}, ...options });

const environmentOf = (...lines: readonly string[]): Record<string, string> | undefined =>
  evaluate(['FROM a', ...lines]).stages.at(-1)?.config.environment;

const sourcesOf = (...lines: readonly string[]): readonly (readonly string[] | undefined)[] =>
  listBuildSteps(evaluate(['FROM scratch', ...lines])).flatMap(it =>
    it.keyword === 'COPY' ? [it.sources] : [],
  );

describe('evaluating a Dockerfile', () => {
  it('keeps blanks within quotes of ENV', () => {
    assert.deepEqual(environmentOf('ENV A="b c" B=\'d  e\' C=f\\ g'), { A: 'b c', B: 'd  e', C: 'f g' });
    assert.deepEqual(environmentOf('ENV A b  "c"'), { A: 'b  c' });
  });

  it('replaces no variable within single quotes', () => {
    assert.deepEqual(environmentOf('ENV H=x', 'ENV A=\'$H\' B="$H" C=\\$H'), {
      H: 'x',
      A: '$H',
      B: 'x',
      C: '$H',
    });
  });

  it('takes a backtick for the escape sign where the directive says so', () => {
    const { stages } = evaluate(['# escape=`', 'FROM a', 'ENV A=c:\\x B=`$A', 'RUN a `', '  b']);
    assert.deepEqual(stages[0]?.config.environment, { A: 'c:\\x', B: '$A' });
    assert.deepEqual(stages[0].instructions.at(-1)?.words, ['a   b']);
  });

  it('lets a variable of COPY hold a blank', () => {
    assert.deepEqual(sourcesOf('ENV D="a b"', 'COPY $D x /to/'), [['a b', 'x']]);
  });

  it('replaces variables in defaults of variables', () => {
    assert.deepEqual(sourcesOf('ENV D=src', 'COPY ${E:-${D}} /to/'), [['src']]);
    const from = ['ARG W=1', 'ARG V', 'FROM busybox:${V:-${W}}'];
    assert.deepEqual(findBaseImages(evaluate(from)), ['busybox:1']);
    assert.deepEqual(findBaseImages(evaluate(from, { buildArgs: { V: '2' } })), ['busybox:2']);
  });

  it('carries out ONBUILD of a stage, and of an image that is known', () => {
    const own = ['FROM scratch AS one', 'ONBUILD COPY a /b', 'FROM one', 'COPY c /d'];
    assert.deepEqual(sourcesOf(...own), [['a'], ['c']]);
    const [trigger] = parseDockerfile('ONBUILD COPY $X /y').instructions;
    assert.ok(trigger?.trigger);
    const base = { ...emptyImageConfig, environment: { X: 'z' }, triggers: [trigger.trigger] };
    const { stages } = evaluate(['FROM b', 'RUN true'], { baseImages: new Map([['b', base]]) });
    assert.deepEqual(
      stages[0]?.instructions.map(it => [it.triggerOf, it.number, ...it.words]),
      [
        ['b', 1, 'z', '/y'],
        [undefined, 2, 'true'],
      ],
    );
  });

  it('follows the scopes of ARG and ENV, and what ENV hides', () => {
    const lines = [
      'ARG G=g',
      'FROM a',
      'ARG G',
      'ARG N',
      'ARG H=arg',
      'ENV H=env',
      'RUN x',
      'FROM a',
      'RUN y',
    ];
    const { stages } = evaluate(lines, { buildArgs: { N: 'n', U: 'u' } });
    const [first, second] = stages.map(({ instructions }) => instructions.at(-1)?.before);
    assert.deepEqual(
      [...(first?.args ?? [])],
      [
        ['G', 'g'],
        ['N', 'n'],
      ],
    );
    assert.deepEqual([...(first?.environment ?? [])], [['H', 'env']]);
    assert.deepEqual([...(second?.args ?? [])], []);
  });

  it('follows WORKDIR, USER, SHELL, CMD and ENTRYPOINT into the stages that start from it', () => {
    const { stages } = evaluate([
      'FROM a AS one',
      'WORKDIR /w',
      'WORKDIR x/y',
      'USER $U',
      'ENV U=me',
      'USER ${U}:1',
      'SHELL ["/bin/bash", "-c"]',
      'CMD a b',
      'FROM one',
      'ENTRYPOINT ["e"]',
    ]);
    assert.deepEqual(stages[1]?.config, {
      ...emptyImageConfig,
      workingDirectory: '/w/x/y',
      environment: { U: 'me' },
      user: 'me:1',
      shell: ['/bin/bash', '-c'],
      entrypoint: ['e'],
      command: [],
    });
  });

  it('knows the labels of a stage', () => {
    const { stages } = evaluate(['FROM a', 'ENV V=1', 'LABEL io.x=$V "a b"=\'c d\' e="f"']);
    assert.deepEqual(stages[0]?.config.labels, { 'io.x': '1', 'a b': 'c d', e: 'f' });
  });
});

describe('a word of a Dockerfile', () => {
  const lookup = (name: string): string | undefined => ({ A: 'a', E: '' })[name];
  const cases: [string, string][] = [
    ['$A${A}$E-$U', 'aa-'],
    ['${U:-x}${E:-x}${A:-x}', 'xxa'],
    ['${U-x}${E-x}|${A+x}${E+x}${U+x}', 'x|xx'],
    ['${U:+x}${E:+x}${A:+x}', 'x'],
    ['${U:-${E:-$A}}', 'a'],
    ['"a $A \\" \\n"', 'a a " \\n'],
    ["'$A \\n'", '$A \\n'],
    ['\\$A\\b', '$Ab'],
    ['a$', 'a$'],
    ['$1x', 'x'],
  ];
  for (const [word, expected] of cases)
    it(`reads ${word} as ${expected}`, () =>
      assert.equal(expandWord(word, { lookup, escape: '\\' }), expected));

  for (const word of ['"a', "'a", '${A', '${}', '${A:=x}', '${U:?no}', '${:x}'])
    it(`is refused where it is ${word}`, () =>
      assert.throws(() => expandWord(word, { lookup, escape: '\\' }), WordError));
});
