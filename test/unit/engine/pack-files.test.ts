import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { packFiles } from '../../../src/engine/pack-files.ts';

describe('files for a container', () => {
  it('are a tar that others read', async () => {
    const files = [
      { path: '/run/secrets/key', content: Buffer.from('secret'), mode: 0o400, uid: 1000, gid: 1001 },
      { path: '/etc/empty', content: Buffer.alloc(0), mode: 0o444, uid: 0, gid: 0 },
      { path: '/big', content: Buffer.alloc(1024, 'x'), mode: 0o644, uid: 0, gid: 0 },
    ];
    const read: object[] = [];
    const reader = extract();
    reader.on('entry', ({ name, mode, uid, gid }, stream, next) => {
      const chunks: Buffer[] = [];
      stream.on('data', chunk => chunks.push(chunk as Buffer));
      stream.on('end', () => {
        read.push({ path: `/${name}`, content: Buffer.concat(chunks), mode, uid, gid });
        next();
      });
    });
    await pipeline(Readable.from([packFiles(files)]), reader);
    assert.deepEqual(read, files);
  });
});
