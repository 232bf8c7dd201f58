import assert from 'node:assert/strict';
import fc from 'fast-check';
import { substitute, SubstitutionError } from '../../../../src/project/variables/substitute.ts';

const variables: Record<string, string> = { SET: 'set', EMPTY: '', NAME_2: 'two' };
const lookup = (name: string): string | undefined => variables[name];
const of = (text: string): string => substitute(text, lookup).text;

describe('a text with variables', () => {
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
    ["awk '{print $1}' $? $", "awk '{print $1}' $? $"],
    ['pass__$85858 ^/x$', 'pass__$85858 ^/x$'],
    ['${SET:-{"a":1}} ${SET:-{"a":{"b":2}}} tail', 'set set tail'],
    ['${UNSET:-http://e/{id}/sub}', 'http://e/{id}/sub'],
  ];
  for (const [text, expected] of cases)
    it(`reads ${text} as ${JSON.stringify(expected)}`, () => assert.equal(of(text), expected));

  for (const text of ['${SET', '${}', '${1}', '${SET!}', '${SET:}', '${UNSET:?}', '${EMPTY:?must ${SET}}'])
    it(`is refused where it holds ${text}`, () => assert.throws(() => of(text), SubstitutionError));

  it('comes back unchanged where every dollar is doubled', () => {
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

  it('means what its parts mean, however deep they are nested', () => {
    fc.assert(
      fc.property(part, ({ text, value }) => assert.equal(of(text), value)),
      { numRuns: 1000 },
    );
  });
});
