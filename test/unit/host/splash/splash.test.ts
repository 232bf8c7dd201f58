import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { inspectPng } from '../../../../src/host/splash/png.ts';
import { readSplash, resetSplash, setSplash } from '../../../../src/host/splash/splash-files.ts';
import { memoryHostFiles } from '../../../support/memory-host-files.ts';
import { png } from '../../../support/png.ts';

const signal = new AbortController().signal;
const isInvalid = (error: unknown): boolean => error instanceof OsError && error.exitCode === 7;

describe('a boot logo', () => {
  it('is known by its bytes: size, kind and transparency', () => {
    const { width, height, hasAlpha, bitDepth } = inspectPng(png(840, 840));
    assert.deepEqual([width, height, hasAlpha, bitDepth], [840, 840, true, 8]);
    assert.equal(inspectPng(png(4, 4, 2, 3)).hasAlpha, false);
  });

  it('that is no PNG, cut off, damaged, empty or without all its pixels is refused', () => {
    const good = png(8, 8);
    const damaged = Buffer.from(good);
    damaged[45] = (damaged[45] ?? 0) ^ 1;
    for (const [what, bytes] of Object.entries({
      text: Buffer.from('<svg/>'),
      nothing: Buffer.alloc(0),
      jpeg: Buffer.from([0xff, 0xd8, 0xff]),
      damaged,
      'no width': png(0, 8),
      'no such colour': png(8, 8, 5),
      'palette without one': png(8, 8, 3, 1),
      'missing rows': png(8, 8, 6, 4, 7),
    }))
      assert.throws(() => inspectPng(bytes), isInvalid, what);
    for (let length = 0; length < good.length; length++)
      assert.throws(() => inspectPng(good.subarray(0, length)), isInvalid, length.toString());
  });

  it('replaces the file that the OS has, keeps the first one, and reset brings exactly that back', async () => {
    const old = png(1, 1);
    const files = memoryHostFiles({ '/mnt/boot/splash/resin-logo.png': old });
    await setSplash(files, png(2, 2), '2.0.0', signal);
    await setSplash(files, png(3, 3), '2.0.0', signal);
    assert.equal((await readSplash(files, '2.0.0', signal)).facts?.width, 3);
    await resetSplash(files, '2.0.0', signal);
    assert.deepEqual(Object.keys(files.texts()), ['/mnt/boot/splash/resin-logo.png']);
    assert.deepEqual(await files.read('/mnt/boot/splash/resin-logo.png'), old);
    await assert.rejects(resetSplash(files, '2.0.0', signal), /nothing to reset/);
  });

  it('has the name of the era where the OS has none, and reset removes it again', async () => {
    for (const [version, name] of [
      ['2.0.0+rev2', 'resin-logo.png'],
      ['2.52.7', 'resin-logo.png'],
      ['2.53.0', 'balena-logo.png'],
      ['5.0.1', 'balena-logo.png'],
      [undefined, 'balena-logo.png'],
    ] as const) {
      const files = memoryHostFiles({ '/mnt/boot/config.json': '{}' });
      assert.equal((await setSplash(files, png(2, 2), version, signal)).path, `/mnt/boot/splash/${name}`);
      await resetSplash(files, version, signal);
      assert.deepEqual(Object.keys(files.texts()), ['/mnt/boot/config.json']);
    }
  });

  it('that is refused leaves everything as it was', async () => {
    const files = memoryHostFiles({ '/mnt/boot/splash/balena-logo.png': 'old' });
    await assert.rejects(setSplash(files, Buffer.from('no'), '5.0.0', signal), isInvalid);
    assert.deepEqual(files.texts(), { '/mnt/boot/splash/balena-logo.png': 'old' });
  });
});
