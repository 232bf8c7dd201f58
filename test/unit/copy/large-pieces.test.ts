import assert from 'node:assert/strict';
import { inLargePieces } from '../../../src/copy/large-pieces.ts';

describe('what is sent to a device', () => {
  it('goes in few packets, however small the files are, and byte for byte', async () => {
    const parts = Array.from({ length: 1000 }, (_, i) => Buffer.alloc(i % 700, i));
    const pieces: Buffer[] = [];
    const source = (async function* () {
      await Promise.resolve();
      yield* parts;
    })();
    for await (const piece of inLargePieces(source)) pieces.push(piece);
    assert.deepEqual(Buffer.concat(pieces), Buffer.concat(parts));
    assert.ok(pieces.length <= Buffer.concat(parts).length / (32 * 1024) + 1);
  });
});
