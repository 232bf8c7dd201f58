import assert from 'node:assert/strict';
import { escapeList, unescapeList } from '../../../../src/host/network/keyfile.ts';

describe('a list in a key file', () => {
  it('is split as GLib splits it: an escaped separator begins no further item', () => {
    const lists: readonly [string, readonly string[]][] = [
      ['', []],
      [';', ['']],
      ['a', ['a']],
      ['a;b;', ['a', 'b']],
      ['a;;b', ['a', '', 'b']],
      ['\\;;', [';']],
      ['a\\;;b\\;', ['a;', 'b;']],
      ['\\\\\\;;', ['\\;']],
    ];
    for (const [text, items] of lists) assert.deepEqual(unescapeList(text), items, text);
  });

  it('comes back as it was written', () => {
    for (const items of [[], [''], ['', ''], [';'], [';;', ' a ', '\\', '\\;', 'b\n']])
      assert.deepEqual(unescapeList(escapeList(items)), items);
  });
});
