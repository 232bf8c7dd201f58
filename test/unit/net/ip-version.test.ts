import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isIP } from 'node:net';
import { ipVersionOf } from '../../../src/net/ip-version.ts';

describe('the version of an IP address', () => {
  it('is what Node.js says of any text', () => {
    const texts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.stringMatching(/^[0-9a-f:.%]{0,20}$/));
    fc.assert(
      fc.property(texts, text => {
        assert.equal(ipVersionOf(text), isIP(text));
      }),
    );
    for (const text of ['fe80::1%eth0', '::ffff:192.0.2.1', '192.0.2.1', 'board.local', '', ':', '1.2.3'])
      assert.equal(ipVersionOf(text), isIP(text), text);
  });
});
