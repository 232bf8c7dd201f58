import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OsError } from '../../../src/core/errors.ts';
import { avahiLabel, parseTarget } from '../../../src/device/target.ts';

const read = (text: string): Record<string, unknown> => {
  const target = Object.entries(parseTarget(text)).filter(([key]) => key !== 'text');
  return Object.fromEntries(target);
};

describe('a device is named', () => {
  const accepted: [text: string, target: Record<string, unknown>][] = [
    ['192.168.1.20', { kind: 'address', address: '192.168.1.20', port: null }],
    ['192.168.1.20:22223', { kind: 'address', address: '192.168.1.20', port: 22223 }],
    ['fe80::1%eth0', { kind: 'address', address: 'fe80::1%eth0', port: null }],
    ['[fe80::1%eth0]:2375', { kind: 'address', address: 'fe80::1%eth0', port: 2375 }],
    ['2001:db8::1', { kind: 'address', address: '2001:db8::1', port: null }],
    ['mydevice.local', { kind: 'mdns', host: 'mydevice.local', port: null }],
    ['MyDevice.local.', { kind: 'mdns', host: 'mydevice.local', port: null }],
    ['my_device.local:1', { kind: 'mdns', host: 'mydevice.local', port: 1 }],
    ['mydevice', { kind: 'word', host: 'mydevice.local', prefix: null, port: null }],
    ['63ec46c', { kind: 'word', host: '63ec46c.local', prefix: '63ec46c', port: null }],
    ['63ec', { kind: 'word', host: '63ec.local', prefix: '63ec', port: null }],
    ['abc', { kind: 'word', host: 'abc.local', prefix: null, port: null }],
    [
      '63ec46ce2ff94b1a8e5d9d6d0dd5d2a1',
      { kind: 'uuid', prefix: '63ec46ce2ff94b1a8e5d9d6d0dd5d2a1', port: null },
    ],
    [
      '63EC46CE-2ff9-4b1a-8e5d-9d6d0dd5d2a1',
      { kind: 'uuid', prefix: '63ec46ce2ff94b1a8e5d9d6d0dd5d2a1', port: null },
    ],
    ['board.lan:22', { kind: 'dns', host: 'board.lan', port: 22 }],
    ['localhost', { kind: 'dns', host: 'localhost', port: null }],
    ['root@mydevice', { kind: 'word', host: 'mydevice.local', prefix: null, port: null }],
    ['root@10.0.0.5:2222', { kind: 'address', address: '10.0.0.5', port: 2222 }],
    ['ssh://mydevice.local', { kind: 'mdns', host: 'mydevice.local', port: null }],
    ['SSH://root@10.0.0.5/', { kind: 'address', address: '10.0.0.5', port: null }],
  ];
  it('never as a login of another user or a URL of another kind: the form to use is told', () => {
    const hints = [
      ['me@mydevice', 'name the user with a flag: os ssh mydevice --user me'],
      ['ssh://me@mydevice', 'name the user with a flag: os ssh mydevice --user me'],
      ['ssh://mydevice:2222', 'name it without ssh://, e.g. mydevice:2222'],
      ['tcp://10.0.0.5:2375', 'name it without tcp://, e.g. 10.0.0.5:2375'],
      ['http://mydevice.local/', 'name it without http://, e.g. mydevice.local'],
    ] as const;
    for (const [text, hint] of hints)
      assert.throws(() => parseTarget(text), {
        code: 'usage',
        message: `not a device: ${JSON.stringify(text)}`,
        hint,
      });
  });

  for (const [text, target] of accepted) {
    it(`as ${text}`, () => {
      assert.deepEqual(read(text), target);
    });
  }

  const refused = [
    '',
    '   ',
    'fe80::1',
    '1.2.3',
    '300.1.1.1',
    'a:b',
    'host:0',
    'host:70000',
    '[::1',
    'a b',
    '-x',
    '../etc',
    'a..b',
    '$(reboot)',
    '.local',
    '\x1b[31m',
  ];
  for (const text of refused) {
    it(`but not as ${JSON.stringify(text)}, which is a usage error that says so`, () => {
      assert.throws(
        () => parseTarget(text),
        (error: unknown) => error instanceof OsError && error.code === 'usage',
      );
    });
  }

  it('whatever is typed is read or refused as usage', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        try {
          parseTarget(text);
        } catch (error) {
          assert.ok(error instanceof OsError && error.code === 'usage');
        }
      }),
    );
  });

  it('and its host name is looked for under the label that avahi publishes for it', () => {
    assert.equal(avahiLabel('my_device'), 'mydevice');
    assert.equal(avahiLabel('a.b.c'), 'a');
    fc.assert(fc.property(fc.string(), name => /^[A-Za-z0-9-]{0,63}$/.test(avahiLabel(name))));
  });
});
