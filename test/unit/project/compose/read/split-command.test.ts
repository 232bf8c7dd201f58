import assert from 'node:assert/strict';
import { splitCommand } from '../../../../../src/project/compose/read/split-command.ts';
import { only, read, warnings } from '../../../../support/read-files.ts';

function words(text: string): readonly string[] {
  const split = splitCommand(text);
  assert.ok('words' in split, text);
  assert.equal(split.dropped, '', text);
  return split.words;
}

describe('a command in one text', () => {
  it('has the words that it has in docker compose', () => {
    const cases: [string, string[]][] = [
      [`a  "b c" 'd "e' f\\ g "h\\"i" ''`, ['a', 'b c', 'd "e', 'f g', 'h"i', '']],
      // An escaped end of a line is a word, also there.
      ['--a=b \\\n  --c="d"\n', ['--a=b', '\n', '--c=d']],
      ['printf a\\nb "c\\td" \'e\\nf\'', ['printf', 'a\nb', 'c\td', 'e\\nf']],
      ['sh -c "a && b | c > d; (e)"', ['sh', '-c', 'a && b | c > d; (e)']],
      ['echo `date +%s "x"` $(uname -a "y")z', ['echo', '`date +%s "x"`', '$(uname -a "y")z']],
      ["a'b c'd", ['ab cd']],
      ['', []],
    ];
    for (const [text, expected] of cases) assert.deepEqual(words(text), expected);
  });

  it('ends at a sign that only a shell understands, as there', () => {
    const cases: [string, string[], string][] = [
      ['npm install && npm start', ['npm', 'install'], '&& npm start'],
      ['a;b', ['a'], ';b'],
      ['a 2>&1', ['a'], '>&1'],
      ['a b>c', ['a', 'b'], '>c'],
      ['a | b', ['a'], '| b'],
    ];
    for (const [text, expected, dropped] of cases)
      assert.deepEqual(splitCommand(text), { words: expected, dropped });
  });

  it('that ends early is warned of', async () => {
    const compose = 'services:\n  web:\n    image: a\n    command: npm install && npm start\n';
    assert.deepEqual(warnings(await read({ 'compose.yaml': compose })), [
      'compose.yaml:4:14: services.web.command: ends before "&& npm start", as in docker compose: no shell reads it; write ["sh", "-c", "…"]',
    ]);
  });

  it('is refused where compose has no words for it', async () => {
    const cases = { 'a "b': 'quote', 'a \\': 'backslash', 'a (b)': '"("', 'a b)': '")"', 'a $$(b': '"$("' };
    for (const [text, reason] of Object.entries(cases))
      await assert.rejects(only(`    command: ${text}`), ({ message }: Error) => message.includes(reason));
  });
});
