import assert from 'node:assert/strict';
import { parsePlace, readPathEnd } from '../../../src/copy/place.ts';

describe('an end of a copy', () => {
  it('is on a device when a colon comes before the first slash, and else of this machine', () => {
    const device = (name: string | undefined, path: string, service?: string): object => ({
      ...{ kind: 'device', device: name, service, path },
    });
    const cases: readonly (readonly [string, object])[] = [
      ['mydevice:/etc/a:b', device('mydevice', '/etc/a:b')],
      ['mydevice:web:/srv', device('mydevice', '/srv', 'web')],
      ['mydevice:2222:/x', device('mydevice:2222', '/x')],
      ['mydevice:2375:web:/x', device('mydevice:2375', '/x', 'web')],
      ['[fe80::1%eth0]:/x', device('[fe80::1%eth0]', '/x')],
      ['[fe80::1%eth0]:22:db:/x', device('[fe80::1%eth0]:22', '/x', 'db')],
      [':/x', device(undefined, '/x')],
      [':web:/x', device(undefined, '/x', 'web')],
      ['./food-22:34.gz', { kind: 'local', path: './food-22:34.gz' }],
      ['/tmp/world:v1/', { kind: 'local', path: '/tmp/world:v1/' }],
      ['dir/a:b', { kind: 'local', path: 'dir/a:b' }],
      ['-', { kind: 'stream' }],
    ];
    for (const [text, place] of cases) assert.deepEqual(parsePlace(text), place, text);
  });

  it('names the file of this machine when the path on a device is none', () => {
    for (const text of ['food-22:34.gz', 'mydevice:etc', 'mydevice:web:srv', 'mydevice:'])
      assert.throws(() => parsePlace(text), { code: 'usage', message: /begins with \// }, text);
  });

  it('says by its end whether it is gone into, or only what is in it', () => {
    const cases = [
      ['dir', 'dir', false, false],
      ['dir/', 'dir', true, false],
      ['dir/.', 'dir', true, true],
      ['.', '.', true, false],
      ['../..', '../..', true, false],
      ['/', '/', true, false],
    ] as const;
    for (const [text, path, isInto, isContents] of cases)
      assert.deepEqual(readPathEnd(text), { path, isInto, isContents }, text);
  });
});
