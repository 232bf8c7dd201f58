import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseIgnoreRules } from '../../../../../src/project/context/ignore/ignore-rules.ts';
import { ignoredTree, randomIgnoreFile } from '../../../../support/random-ignore-file.ts';

/** Docker's documented rules, name by name and without a regular expression. */
function modelIgnores(lines: readonly string[], file: string): boolean {
  let isIgnored = false;
  for (const line of lines) {
    const isException = line.startsWith('!');
    const names = line.slice(isException ? 1 : 0).split('/');
    const parts = file.split('/');
    if (parts.some((_, i) => modelMatches(names, parts.slice(0, i + 1)))) isIgnored = !isException;
  }
  return isIgnored;
}

function modelMatches(names: readonly string[], parts: readonly string[]): boolean {
  const [name, ...rest] = names;
  if (name === undefined) return parts.length === 0;
  if (name === '**' && rest.length === 0) return parts.length > 0;
  if (name === '**') return parts.some((_, i) => modelMatches(rest, parts.slice(i)));
  const [part, ...others] = parts;
  return part !== undefined && modelMatchesName(name, part) && modelMatches(rest, others);
}

function modelMatchesName(pattern: string, name: string): boolean {
  if (pattern === '') return name === '';
  if (pattern.startsWith('*'))
    return (
      modelMatchesName(pattern.slice(1), name) || (name !== '' && modelMatchesName(pattern, name.slice(1)))
    );
  return (
    name !== '' &&
    (pattern.startsWith('?') || name.startsWith(pattern.charAt(0))) &&
    modelMatchesName(pattern.slice(1), name.slice(1))
  );
}

const letters = fc.constantFrom('a', 'b', '.', '+', '(');
const fileName = fc
  .array(letters, { minLength: 1, maxLength: 3 })
  .map(it => it.join(''))
  .filter(it => !/^\.+$/.test(it));
const file = fc.array(fileName, { minLength: 1, maxLength: 4 }).map(it => it.join('/'));
const patternName = fc.oneof(
  { arbitrary: fc.constant('**'), weight: 1 },
  { arbitrary: fileName, weight: 3 },
  {
    arbitrary: fc
      .array(fc.constantFrom('a', 'b', '.', '*', '?'), { minLength: 1, maxLength: 3 })
      .map(it => it.join(''))
      .filter(it => !it.includes('**') && !/^\.+$/.test(it)),
    weight: 2,
  },
);
const pattern = fc.array(patternName, { minLength: 1, maxLength: 3 }).map(names => names.join('/'));
const anyRule = fc.tuple(fc.boolean(), pattern).map(([isException, it]) => (isException ? '!' : '') + it);

/** By seed from 1: the files that `docker build` sends, each as its index in the tree, base 36; `-` where it refuses. */
const recorded = readFileSync(
  new URL('../../../../fixtures/ignore/docker-client.txt', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n');

describe('ignore rules', () => {
  it("leave out what Docker's client 28 has left out, in 1,350 random ignore files", () => {
    const names = Object.keys(ignoredTree);
    assert.equal(recorded.length, 1350);
    for (const [i, expected] of recorded.entries()) {
      const text = randomIgnoreFile(i + 1);
      const refusals: string[] = [];
      const rules = parseIgnoreRules(text, () => void refusals.push(text));
      // The Dockerfile is sent whatever the rules say.
      const isSent = (name: string): boolean => name === 'Dockerfile' || !rules.isIgnored(name);
      const sent = names.map((name, at) => (isSent(name) ? at.toString(36) : '')).join('');
      assert.equal(
        refusals.length > 0 ? '-' : sent,
        expected,
        `seed ${(i + 1).toString()}: ${JSON.stringify(text)}`,
      );
    }
  });

  it('without exceptions decide as Docker documents it, for any rules and any path', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), file, (lines, name) => {
        assert.equal(parseIgnoreRules(lines.join('\n')).isIgnored(name), modelIgnores(lines, name));
      }),
      { numRuns: 1000 },
    );
  });

  it('read every directory that holds an excepted file', () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 5 }), file, (lines, name) => {
        const rules = parseIgnoreRules(lines.join('\n'));
        if (rules.isIgnored(name)) return;
        const parts = name.split('/');
        for (let i = 1; i < parts.length; i++) {
          const directory = parts.slice(0, i).join('/');
          assert.ok(!rules.isIgnored(directory) || rules.mayHoldExceptions(directory), directory);
        }
      }),
      { numRuns: 1000 },
    );
  });

  const cases: [string, string[], string[]][] = [
    ['# comment\n\n  spaced  ', ['spaced'], ['# comment', 'x']],
    ['/rooted/', ['rooted', 'rooted/x'], ['a/rooted']],
    ['./a/../b', ['b'], ['a']],
    ['*/temp*', ['x/temporary', 'x/temp/y'], ['temp', 'x/y/temp']],
    ['**/*.go\n!main.go', ['a/b.go', 'b.go', 'a/main.go'], ['main.go']],
    ['*.md\n!README*.md\nREADME-secret.md', ['x.md', 'README-secret.md'], ['README.md', 'd/x.md']],
    ['Node_Modules', ['Node_Modules'], ['node_modules']],
    ['a+b\n(c)\n{d}\nconstructor', ['a+b', '(c)', '{d}', 'constructor'], ['aab', 'c', 'd', '__proto__']],
    ['[a-c]x\n[^a]y', ['ax', 'cx', 'by'], ['dx', 'ay']],
    ['a\\*b', ['a*b'], ['axb']],
    ['?', ['é', '😀'], ['ab']],
    ['build/**\n!build/keep', ['build/x', 'build/x/y'], ['build', 'build/keep']],
    ['**.pem', ['top.pem', 'src/keys/id.pem'], ['src/m.c', 'pem']],
    ['**/*.log\n!keep', ['top.log', 'keep/a.log'], ['keep', 'keep/b']],
    ['src\n!**/*.c', ['src/m.c'], ['m.c']],
    ['a**', ['a', 'ab/c'], ['b/a']],
    ['./!kept\n', [], ['kept']],
    ['\ufeffbom', ['bom'], ['x']],
    ['crlf\r\nnext\r\n', ['crlf', 'next'], ['x']],
    ['^b*', ['b', 'bc'], ['^b']],
    ['a^b*', [], ['a^b']],
    ['\\^b*', ['^b'], ['b']],
    ['d\\d', ['d1'], ['dd', 'd']],
    ['a\\sb', ['a b'], ['asb', 'a\u00a0b']],
    ['[\\w]1', ['d1'], ['-1']],
    ['[[:alpha:]]1\n[^[:digit:]]2', ['d1', 'x2'], ['11', ':1', '12']],
  ];
  for (const [text, ignored, kept] of cases)
    it(`${JSON.stringify(text)} ignores ${ignored.join(', ')} and keeps ${kept.join(', ')}`, () => {
      const rules = parseIgnoreRules(text);
      for (const name of ignored) assert.equal(rules.isIgnored(name), true, name);
      for (const name of kept) assert.equal(rules.isIgnored(name), false, name);
    });

  it('report every line that is not a pattern', () => {
    const lines: string[] = [];
    parseIgnoreRules('ok\n[a\n!\nbin\\Main\nx\\', ({ line, message }) =>
      lines.push(`${line.toString()}: ${message}`),
    );
    assert.deepEqual(lines, [
      '2: not a pattern: "[a": [ without ]',
      '3: "!" excepts nothing: write the pattern behind it',
      '4: not a pattern: "bin\\\\Main": \\M means nothing: directories are separated by /',
      '5: not a pattern: "x\\\\": a backslash with nothing behind it',
    ]);
  });
});
