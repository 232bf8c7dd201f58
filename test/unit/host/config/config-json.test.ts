import assert from 'node:assert/strict';
import fc from 'fast-check';
import { getJson, NotAnObjectError, setJson, unsetJson } from '../../../../src/host/config/edit-json.ts';
import { JsonSyntaxError, parseJson } from '../../../../src/host/config/json-document.ts';

const parse = (text: string): unknown => JSON.parse(text);

describe('edits of JSON text', () => {
  it('accept and refuse exactly the texts that JSON.parse does', () => {
    const pieces = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"b\\u00e9"',
        '"',
        '\\',
        '0',
        '1',
        '-',
        '.5',
        'e3',
        'true',
        'null',
        'nul',
      ],
      ...[' ', '\n', '\t', '\u00a0', '\ufeff', '/**/', "'a'", '01', '1.', '+1', '"\u0001"', 'NaN'],
    );
    const texts = fc.oneof(
      fc.json(),
      fc.array(pieces, { maxLength: 12 }).map(parts => parts.join('')),
      fc.tuple(fc.json(), fc.nat(), pieces).map(([json, at, piece]) => {
        const place = at % (json.length + 1);
        return json.slice(0, place) + piece + json.slice(place);
      }),
    );
    fc.assert(
      fc.property(texts, text => {
        let isJson = true;
        try {
          parse(text);
        } catch {
          isJson = false;
        }
        if (isJson) parseJson(text);
        else assert.throws(() => parseJson(text), JsonSyntaxError);
      }),
      { numRuns: 1000 },
    );
  });

  const documents = fc
    .tuple(
      fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 }),
      fc.constantFrom(undefined, 1, 2, 4, '\t'),
      fc.constantFrom('', '\n'),
    )
    .map(([value, space, end]) => JSON.stringify(value, undefined, space) + end);
  const keys = fc.constantFrom('hostname', 'os', '', 'a b', '__proto__', 'ключ', '"');

  it('change one value and leave every other value and the order of keys as they were', () => {
    fc.assert(
      fc.property(documents, keys, fc.jsonValue({ maxDepth: 2 }), (text, key, value) => {
        const edited = setJson(text, [key], value);
        const [before, after] = [parse(text), parse(edited)] as [object, object];
        assert.deepEqual(getJson(edited, [key]), parse(JSON.stringify(value)));
        const others = (it: object): [string, unknown][] =>
          Object.entries(it).filter(([name]) => name !== key);
        assert.deepEqual(others(after), others(before));
      }),
    );
  });

  it('give back the bytes from before when a key that was not there is set and unset again', () => {
    fc.assert(
      fc.property(documents, keys, fc.jsonValue({ maxDepth: 2 }), (text, key, value) => {
        if (getJson(text, [key]) !== undefined || Object.keys(parse(text) as object).length === 0) return;
        assert.equal(unsetJson(setJson(text, [key], value), [key]), text);
      }),
    );
  });

  it('keep blanks, numbers, escapes and unknown keys of a hand-written file byte for byte', () => {
    const text =
      '{\n    "big": 1e400, "id":12345678901234567890,\n\n    "uml": "\\u00e4",\n    "hostname" : "old"\n}\n\n';
    assert.equal(setJson(text, ['hostname'], 'new'), text.replace('"old"', '"new"'));
    assert.equal(unsetJson(text, ['hostname']), text.replace(',\n    "hostname" : "old"', ''));
  });

  it('write a new key in the style of the file', () => {
    assert.equal(setJson('{"a":1}', ['b'], true), '{"a":1,"b":true}');
    assert.equal(setJson('{"a": 1}', ['b'], true), '{"a": 1, "b": true}');
    assert.equal(setJson('{"a": 1, "c": 2}', ['b'], true), '{"a": 1, "c": 2, "b": true}');
    assert.equal(setJson('{\n  "a": 1\n}\n', ['b'], true), '{\n  "a": 1,\n  "b": true\n}\n');
    assert.equal(
      setJson('{\n  "a": 1\n}\n', ['os', 'sshKeys'], ['k']),
      '{\n  "a": 1,\n  "os": {\n    "sshKeys": [\n      "k"\n    ]\n  }\n}\n',
    );
    assert.equal(
      setJson('{\n\t"os": {}\n}\n', ['os', 'udevRules', 'x'], 'r'),
      '{\n\t"os": {\n\t\t"udevRules": {\n\t\t\t"x": "r"\n\t\t}\n\t}\n}\n',
    );
    assert.equal(setJson('{}', ['a'], 1), '{"a": 1}');
  });

  it('count the last of several members with one key, and unset all of them', () => {
    const text = '{"a":1,"b":0,"a":2}';
    assert.equal(getJson(text, ['a']), 2);
    assert.equal(setJson(text, ['a'], 3), '{"a":1,"b":0,"a":3}');
    assert.equal(unsetJson(text, ['a']), '{"b":0}');
  });

  it('say which part of the path is no object', () => {
    assert.throws(
      () => setJson('{"os":{"sshKeys":[]}}', ['os', 'sshKeys', 'x'], 1),
      (error: unknown) => error instanceof NotAnObjectError && error.path.join('.') === 'os.sshKeys',
    );
    assert.throws(() => setJson('[]', ['a'], 1), NotAnObjectError);
  });

  it('name the line and column of what is no JSON', () => {
    for (const [text, line, column] of [
      ['{"a": 1,}', 1, 9],
      ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
      ['', 1, 1],
      ['{"ü": tru}', 1, 7],
    ] as const)
      assert.throws(
        () => parseJson(text),
        (error: unknown) =>
          error instanceof JsonSyntaxError && error.line === line && error.column === column,
        text,
      );
  });
});
