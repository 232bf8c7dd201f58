import assert from 'node:assert/strict';
import { PieceBuffer } from '../../../src/copy/piece-buffer.ts';

describe('what is sent to a device', () => {
  it('goes in few packets, however small the files are, and byte for byte', () => {
    const parts = Array.from({ length: 5000 }, (_, i) => Buffer.alloc(i % 700, i));
    const whole = Buffer.concat(parts);
    const buffer = new PieceBuffer();
    const pieces: Buffer[] = [];
    for (const [i, part] of parts.entries()) {
      if (i % 2 === 0) buffer.write(part);
      else
        for (let done = 0; done < part.length;) {
          const read = part.copy(buffer.room, 0, done);
          done += read;
          buffer.advance(read);
        }
      pieces.push(...buffer.takeFull());
    }
    pieces.push(buffer.takeRest());
    assert.deepEqual(Buffer.concat(pieces), whole);
    assert.equal(pieces.length, Math.ceil(whole.length / (256 * 1024)));
  });
});
