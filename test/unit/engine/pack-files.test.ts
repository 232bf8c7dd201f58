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
    const [packed, ...others] = packFiles(files);
    assert.ok(packed);
    assert.deepEqual([packed.directory, others], ['/', []]);
    await pipeline(Readable.from([packed.tar]), reader);
    assert.deepEqual(read, files);
  });

  it('are a tar for each volume that holds some, with names from there on', () => {
    const file = { content: Buffer.from('x'), mode: 0o444, uid: 0, gid: 0 };
    const packed = packFiles([
      { ...file, path: '/run/secrets/key', volume: '/run/secrets/' },
      { ...file, path: '/etc/conf' },
      { ...file, path: '/run/secrets/sub/key', volume: '/run/secrets/' },
    ]);
    const names = packed.map(({ directory, tar }) => [
      directory,
      ...Array.from({ length: Math.floor(tar.length / 1024) - 1 }, (_, i) =>
        tar.toString('latin1', i * 1024, i * 1024 + 100).replace(/\0.*/, ''),
      ),
    ]);
    assert.deepEqual(names, [
      ['/run/secrets/', 'key', 'sub/key'],
      ['/', 'etc/conf'],
    ]);
  });
});
