import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodePtrQuery, parsePtrAnswers } from '../../../../src/emulator/network/mdns-message.ts';

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

describe('a DNS message of the emulator', () => {
  it('asks for PTR records as RFC 1035 writes it', () => {
    assert.deepEqual(
      encodePtrQuery(['_x.local']),
      bytes([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2], '_x', [5], 'local', [0, 0, 12, 0, 1]),
    );
  });

  it('is read with compressed names, other records passed over', () => {
    const message = bytes(
      [0, 0, 0x84, 0, 0, 1, 0, 2, 0, 0, 0, 0],
      [2],
      '_X',
      [5],
      'local',
      [0, 0, 12, 0, 1],
      // A 10.0.0.1
      [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 10, 0, 4, 10, 0, 0, 1],
      // PTR me._X.local
      [0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 10, 0, 5, 2],
      'me',
      [0xc0, 12],
    );
    assert.deepEqual([...parsePtrAnswers(message)], [['_x.local', 'me._X.local']]);
  });

  it('ends with what was read when it is cut off or runs in circles', () => {
    const looping = bytes([0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xc0, 12]);
    assert.deepEqual([...parsePtrAnswers(looping)], []);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), junk => {
        parsePtrAnswers(Buffer.from(junk));
      }),
    );
  });
});
