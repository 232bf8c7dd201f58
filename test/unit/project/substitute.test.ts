import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseEnv } from '../../../src/project/compose/parse-env.ts';
import { resolveScalar } from '../../../src/project/compose/resolve-scalar.ts';
import { substitute, SubstitutionError } from '../../../src/project/compose/substitute.ts';
import { parseBytes, parseDurationMs, parseMode, splitWords } from '../../../src/project/compose/units.ts';
import { formatProblem, Problems } from '../../../src/project/problem.ts';

const variables: Record<string, string> = { SET: 'set', EMPTY: '', NAME_2: 'two' };
const lookup = (name: string): string | undefined => variables[name];
const of = (text: string): string => substitute(text, lookup).text;

describe('variables', () => {
  const cases: [string, string][] = [
    ['$SET ${SET} $$SET $${SET} $$$SET', 'set set $SET ${SET} $set'],
    ['${UNSET:-a} ${EMPTY:-a} ${SET:-a}', 'a a set'],
    ['${UNSET-a} ${EMPTY-a} ${SET-a}', 'a  set'],
    ['${UNSET:+a} ${EMPTY:+a} ${SET:+a}', '  a'],
    ['${UNSET+a} ${EMPTY+a} ${SET+a}', ' a a'],
    ['${UNSET:-${EMPTY:-${NAME_2}}}', 'two'],
    ['${UNSET:-$SET/${SET}}!', 'set/set!'],
    ['${SET:?no} ${EMPTY?no}', 'set '],
    ['${UNSET:-}$NAME_2-x', 'two-x'],
    ['${UNSET:-a:b?c$$d}', 'a:b?c$d'],
    ['$UNSET.', '.'],
  ];
  for (const [text, expected] of cases)
    it(`${text} is ${JSON.stringify(expected)}`, () => assert.equal(of(text), expected));

  for (const text of [
    '${SET',
    '$',
    '$1',
    '${}',
    '${1}',
    '${SET!}',
    '${SET:}',
    '${UNSET:?}',
    '${EMPTY:?must ${SET}}',
  ])
    it(`${text} is refused`, () => assert.throws(() => of(text), SubstitutionError));

  it('leave every text without a dollar alone, and every text with its dollars doubled as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text =>
        assert.equal(of(text.replaceAll('$', '$$$$')), text),
      ),
    );
  });

  interface Part {
    text: string;
    value: string;
  }
  const word = fc.string({ unit: fc.constantFrom('a', ' ', ':', '-', '"', '#', 'é'), maxLength: 4 });
  const plain = word.map((text): Part => ({ text, value: text }));
  const part: fc.Arbitrary<Part> = fc.letrec<{ part: Part; nested: Part }>(tie => ({
    nested: fc
      .tuple(fc.constantFrom('SET', 'EMPTY', 'UNSET'), fc.constantFrom(':-', '-', ':+', '+'), tie('part'))
      .map(([name, operator, other]) => {
        const value = variables[name];
        const isGiven = value !== undefined && (operator.length === 1 || value !== '');
        const usesOther = operator.endsWith('-') ? !isGiven : isGiven;
        const own = operator.endsWith('-') ? (value ?? '') : '';
        return { text: `\${${name}${operator}${other.text}}`, value: usesOther ? other.value : own };
      }),
    part: fc
      .array(
        fc.oneof(
          { maxDepth: 4 },
          plain,
          fc.constant({ text: '$$', value: '$' }),
          fc.constant({ text: '${SET}', value: 'set' }),
          tie('nested'),
        ),
        { maxLength: 4 },
      )
      .map(parts => ({ text: parts.map(it => it.text).join(''), value: parts.map(it => it.value).join('') })),
  })).part;

  it('mean what their parts mean, however deep they are nested', () => {
    fc.assert(
      fc.property(part, ({ text, value }) => assert.equal(of(text), value)),
      { numRuns: 1000 },
    );
  });
});

describe('an env file', () => {
  const read = (text: string): { found: Record<string, string>; problems: string[] } => {
    const problems = new Problems();
    const found = Object.fromEntries(parseEnv(text, '/p/.env', lookup, problems));
    return { found, problems: problems.errors.map(it => formatProblem(it, '/p')) };
  };
  const cases: [string, Record<string, string>][] = [
    ['A=1\n B = 2 \nexport C=3\nD: 4\r\n', { A: '1', B: '2', C: '3', D: '4' }],
    ['A=a b # comment\nB=a#b\nC=#d\n#D=1\nE=', { A: 'a b', B: 'a#b', C: '', E: '' }],
    [`A='$SET # \\n'\nB="$SET # \\n\\"x\\""\nC=$SET`, { A: '$SET # \\n', B: 'set # \n"x"', C: 'set' }],
    ['A=1\nB=${A}2\nC=${UNSET:-x}\nD="\\$SET"', { A: '1', B: '12', C: 'x', D: '$SET' }],
    ['A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
    ['SET\nUNSET\nB=1', { SET: 'set', B: '1' }],
    ["A='x' # y\nB=a=b=c\nC.D-E=1", { A: 'x', B: 'a=b=c', 'C.D-E': '1' }],
    ['', {}],
  ];
  for (const [text, expected] of cases)
    it(`${JSON.stringify(text)} holds ${JSON.stringify(expected)}`, () =>
      assert.deepEqual(read(text), { found: expected, problems: [] }));

  it('is refused line by line', () => {
    assert.deepEqual(read('A=1\n=2\nfoo bar\nB=${X\nC="open\nD=4').problems, [
      '.env:2:1: "=2" is not NAME=value',
      '.env:3:1: "foo bar" is not NAME=value',
      '.env:4:3: "${" without "}"',
      '.env:5:3: the value of C has no closing "',
    ]);
  });

  it('of any text ends', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', '=', '"', "'", '\n', ' ', '#', '$', '{', '\\', ':') }),
        text => void read(text),
      ),
      { numRuns: 3000 },
    );
  });
});

describe('quantities', () => {
  it('are durations, sizes, modes and words as compose reads them', () => {
    assert.deepEqual(
      ['1m30s', '1.5h', '500ms', '0', '1h5m30s20ms', '10us', '10', '1 m', '', 'm'].map(parseDurationMs),
      [90_000, 5_400_000, 500, 0, 3_930_020, 0.01, undefined, undefined, undefined, undefined],
    );
    assert.deepEqual(['64m', '1.5gb', '512KiB', '1024', '2 G', '10b', '1mm', '-1', ''].map(parseBytes), [
      67_108_864,
      1_610_612_736,
      524_288,
      1024,
      2_147_483_648,
      10,
      undefined,
      undefined,
      undefined,
    ]);
    assert.deepEqual([0o440, '0440', '440', '0o440', '9', 65_536].map(parseMode), [
      0o440,
      0o440,
      0o440,
      0o440,
      undefined,
      undefined,
    ]);
    assert.deepEqual(splitWords(`a  "b c" 'd "e' f\\ g "h\\"i" ''`), ['a', 'b c', 'd "e', 'f g', 'h"i', '']);
    assert.deepEqual([splitWords('a "b'), splitWords('a \\')], [undefined, undefined]);
  });

  it('in YAML are octal with a leading zero, and words stay words', () => {
    const texts = [
      '0755',
      '0o755',
      '0x1F',
      '1_000',
      '1e3',
      '1.0',
      '089',
      'yes',
      'no',
      'on',
      'true',
      '~',
      '22:22',
      '-5',
      '.5',
      '1.2.3',
      '+7',
      '0',
    ];
    const values = [
      493,
      493,
      31,
      1000,
      1000,
      1,
      89,
      'yes',
      'no',
      'on',
      true,
      null,
      '22:22',
      -5,
      0.5,
      '1.2.3',
      7,
      0,
    ];
    assert.deepEqual(texts.map(resolveScalar), values);
  });
});
