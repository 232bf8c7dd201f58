import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { formatProblem, Problems } from '../../../../src/project/problem.ts';
import { parseEnv, parseRawEnv } from '../../../../src/project/variables/parse-env.ts';
import { substitute, SubstitutionError } from '../../../../src/project/variables/substitute.ts';

interface Recorded {
  readonly text?: string;
  readonly file?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly result?: string | Readonly<Record<string, string>>;
  readonly refused?: true;
}

/** Random texts and env files, with what compose-go 2.13 made of them: a run of its parser wrote the answers. */
const recorded = JSON.parse(
  readFileSync(new URL('../../../fixtures/variables/compose-go.json', import.meta.url), 'utf8'),
) as readonly Recorded[];

const variables: Record<string, string> = { SET: 'set', EMPTY: '', NAME_2: 'two' };

function readWith(
  parse: typeof parseEnv,
  text: string,
  known: Readonly<Record<string, string>> = variables,
): { found: Record<string, string>; problems: string[] } {
  const problems = new Problems();
  const found = new Map<string, string>();
  parse({ text, file: '/p/.env' }, found, name => known[name], problems);
  return {
    found: Object.fromEntries(found),
    problems: problems.errors.map(it => formatProblem(it, '/p')),
  };
}

describe('variables and env files', () => {
  it('mean what compose-go makes of them, in 325 random texts and 300 random files', () => {
    const counts = { texts: 0, files: 0 };
    for (const { text, file, variables: known, result, refused } of recorded) {
      const subject = JSON.stringify(text ?? file);
      if (text !== undefined) {
        counts.texts += 1;
        const replace = (): string => substitute(text, name => known[name]).text;
        if (refused) assert.throws(replace, SubstitutionError, subject);
        else assert.equal(replace(), result, subject);
      } else {
        counts.files += 1;
        const { found, problems } = readWith(parseEnv, file ?? '', known);
        assert.equal(problems.length > 0, refused ?? false, subject);
        if (!refused) assert.deepEqual(found, result, subject);
      }
    }
    assert.deepEqual(counts, { texts: 325, files: 300 });
  });
});

describe('an env file', () => {
  const read = (text: string): ReturnType<typeof readWith> => readWith(parseEnv, text);
  const cases: [string, Record<string, string>][] = [
    ['A=1\n B = 2 \nexport C=3\nD: 4\r\n', { A: '1', B: '2', C: '3', D: '4' }],
    ['A=a b # comment\nB=a#b\nC=#d\n#D=1\nE=', { A: 'a b', B: 'a#b', C: '#d', E: '' }],
    [`A='$SET # \\n'\nB="$SET # \\n\\"x\\""\nC=$SET`, { A: '$SET # \\n', B: 'set # \n"x"', C: 'set' }],
    ['A=1\nB=${A}2\nC=${UNSET:-x}\nD="\\$SET"', { A: '1', B: '12', C: 'x', D: '$SET' }],
    ['A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
    ['SET\nUNSET\nB=1', { SET: 'set', B: '1' }],
    ["A='x' # y\nB=a=b=c\nC.D-E=1", { A: 'x', B: 'a=b=c', 'C.D-E': '1' }],
    [`A='it\\'s fine'\nB=a\t#b\nC="\\0101"`, { A: "it's fine", B: 'a\t#b', C: 'A' }],
    ['9LIVES=yes\nARR[0]=zero', { '9LIVES': 'yes', 'ARR[0]': 'zero' }],
    ['P=pass__$85858\nQ=end$', { P: 'pass__$85858', Q: 'end$' }],
    ['\ufeffA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['', {}],
  ];
  for (const [text, expected] of cases)
    it(`that is ${JSON.stringify(text)} holds ${JSON.stringify(expected)}`, () =>
      assert.deepEqual(read(text), { found: expected, problems: [] }));

  it('reports every line that is not NAME=value, with its place', () => {
    assert.deepEqual(read('A=1\n=2\nfoo bar\nB=${X\nC="open\nD=4').problems, [
      '.env:2:1: "=2" is not NAME=value',
      '.env:3:1: "foo bar" is not NAME=value',
      '.env:4:3: "${" without "}": write "$${" for the signs themselves',
      '.env:5:3: the value of C has no closing "',
    ]);
  });

  it('warns of a value that loses what follows a "$", without repeating it', () => {
    const problems = new Problems();
    const found = new Map<string, string>();
    const text = 'A=1\nKEY="$2a$10$bY3Z/nT"\nOK=$A ${U:-x} $$b end$\nRAW=\'a$b\'\nP=pa$word\n';
    parseEnv({ text, file: '/p/.env' }, found, () => undefined, problems);
    assert.equal(found.get('KEY'), '$2a$10/nT');
    const lost =
      'a "$" in the value names a variable that is not set, and both are left out: write "$$", or the value in single quotes';
    assert.deepEqual(
      problems.warnings.map(it => formatProblem(it, '/p')),
      [`.env:2:5: KEY: ${lost}`, `.env:5:3: P: ${lost}`],
    );
  });

  it('ends, whatever its text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', '=', '"', "'", '\n', ' ', '#', '$', '{', '\\', ':') }),
        text => void read(text),
      ),
      { numRuns: 1000 },
    );
  });

  it('of format raw is taken as written, comments and blank lines aside', () => {
    const text = '\ufeffA="x" # y\r\n  B=$SET \n# no\n\nSET\nUNSET\nC==\n';
    const found = { A: '"x" # y', B: '$SET ', SET: 'set', C: '=' };
    assert.deepEqual(readWith(parseRawEnv, text), { found, problems: [] });
    assert.deepEqual(readWith(parseRawEnv, 'A B=1\n=2').problems, [
      '.env:1:1: "A B=1" is not NAME=value',
      '.env:2:1: "=2" is not NAME=value',
    ]);
  });
});
