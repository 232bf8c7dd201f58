import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseIgnoreRules } from '../../../src/project/context/ignore-rules.ts';

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
const pattern = fc
  .tuple(fc.boolean(), fc.array(patternName, { minLength: 1, maxLength: 3 }))
  .map(([isException, names]) => (isException ? '!' : '') + names.join('/'));

describe('ignore rules', () => {
  it('decide as Docker documents it, for any rules and any path', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), file, (lines, name) => {
        assert.equal(parseIgnoreRules(lines.join('\n')).isIgnored(name), modelIgnores(lines, name));
      }),
      { numRuns: 5000 },
    );
  });

  it('never give up on a directory that holds an excepted file', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), file, (lines, name) => {
        const rules = parseIgnoreRules(lines.join('\n'));
        if (rules.isIgnored(name)) return;
        const parts = name.split('/');
        for (let i = 1; i < parts.length; i++) {
          const directory = parts.slice(0, i).join('/');
          assert.ok(!rules.isIgnored(directory) || rules.mayHoldExceptions(directory), directory);
        }
      }),
      { numRuns: 5000 },
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
    ['\ufeffbom', ['bom'], ['x']],
    ['crlf\r\nnext\r\n', ['crlf', 'next'], ['x']],
  ];
  for (const [text, ignored, kept] of cases)
    it(`${JSON.stringify(text)} ignores ${ignored.join(', ')} and keeps ${kept.join(', ')}`, () => {
      const rules = parseIgnoreRules(text);
      for (const name of ignored) assert.equal(rules.isIgnored(name), true, name);
      for (const name of kept) assert.equal(rules.isIgnored(name), false, name);
    });

  it('tell the line of what is no pattern', () => {
    const lines: string[] = [];
    parseIgnoreRules('ok\n[a\n!\nx\\', ({ line, message }) => lines.push(`${line.toString()}: ${message}`));
    assert.deepEqual(lines, [
      '2: not a pattern: "[a": [ without ]',
      '3: "!" excepts nothing: write the pattern behind it',
      '4: not a pattern: "x\\\\": a backslash with nothing behind it',
    ]);
  });
});
