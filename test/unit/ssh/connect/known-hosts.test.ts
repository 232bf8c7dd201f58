import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import {
  addKnownHost,
  findKnownHosts,
  fingerprintOf,
  knownHostsName,
  removeKnownHost,
} from '../../../../src/ssh/connect/known-hosts.ts';

/** A key's wire form with the given type and bytes. */
function blob(type: string, bytes: Uint8Array = new Uint8Array(32)): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(type.length);
  return Buffer.concat([size, Buffer.from(type), bytes]);
}

const ed25519 = blob('ssh-ed25519');
const line = (names: string, key = ed25519): string => `${names} ssh-ed25519 ${key.toString('base64')}`;
const isKnown = (text: string, name: string): boolean => findKnownHosts(text, name).length > 0;

const names = fc.stringMatching(/^[a-z0-9.-]{1,20}$/).map(host => knownHostsName(host, 22222));
const keys = fc
  .tuple(fc.constantFrom('ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256'), fc.uint8Array({ minLength: 1 }))
  .map(([type, bytes]) => blob(type, bytes));
/** Lines of a file that somebody else wrote: anything, some of it nearly known_hosts. */
const foreignLines = fc.array(
  fc.oneof(
    fc.stringMatching(/^[^\n\r]*$/),
    fc.constantFrom(
      '# a comment',
      '',
      '@cert-authority *.local ssh-rsa AAAA',
      'host ssh-ed25519 broken',
      '|1|x|y z',
    ),
  ),
);

describe('known_hosts', () => {
  it('finds what was added, whatever else the file holds', () => {
    fc.assert(
      fc.property(foreignLines, names, keys, (lines, name, key) => {
        const text = addKnownHost(lines.join('\n'), name, key);
        return findKnownHosts(text, name).some(known => known.key === key.toString('base64'));
      }),
    );
  });

  it('keeps every other line, to the byte, when a device is added and forgotten', () => {
    fc.assert(
      fc.property(foreignLines, names, keys, (lines, name, key) => {
        const before = lines.map(text => `${text}\n`).join('');
        if (isKnown(before, name)) return;
        assert.equal(removeKnownHost(addKnownHost(before, name, key), name), before);
      }),
    );
  });

  it('knows nothing of a device that was forgotten', () => {
    fc.assert(
      fc.property(names, fc.array(fc.tuple(names, keys)), (name, others) => {
        const text = others.reduce((file, [other, key]) => addKnownHost(file, other, key), '');
        assert.equal(isKnown(removeKnownHost(addKnownHost(text, name, ed25519), name), name), false);
      }),
    );
  });

  it('takes a forgotten name off a line that it shares', () => {
    const before = `${line('a,[b]:22222,c')} comment\n`;
    assert.equal(removeKnownHost(before, '[b]:22222'), `${line('a,c')} comment\n`);
  });

  it('takes a pattern by which the forgotten name would still be known off the file too', () => {
    assert.equal(removeKnownHost(`${line('*.local,mine.local')}\n`, 'mine.local'), '');
  });

  it('takes no key of another type than its line says', () => {
    assert.deepEqual(findKnownHosts(line('mine.local', blob('ssh-rsa')), 'mine.local'), []);
  });

  it('matches names without case, and keeps ports apart', () => {
    assert.ok(isKnown(line('MyDevice.local'), 'mydevice.LOCAL'));
    assert.ok(!isKnown(line('[device]:22222'), 'device'));
    assert.ok(!isKnown(line('device'), '[device]:22222'));
  });

  it('understands wildcards and exceptions', () => {
    assert.ok(isKnown(line('10.0.0.?'), '10.0.0.5'));
    assert.ok(isKnown(line('[*]:22222'), '[10.0.0.5]:22222'));
    assert.ok(!isKnown(line('*.local,!mine.local'), 'mine.local'));
    assert.ok(isKnown(line('*.local,!mine.local'), 'yours.local'));
    assert.ok(!isKnown(line('10.0.0.5'), '10a0b0c5'));
  });

  it('understands hashed names', () => {
    const salt = Buffer.alloc(20, 7);
    const hash = createHmac('sha1', salt).update('[10.0.0.5]:22222').digest('base64');
    const text = line(`|1|${salt.toString('base64')}|${hash}`);
    assert.ok(isKnown(text, '[10.0.0.5]:22222'));
    assert.ok(!isKnown(text, '[10.0.0.6]:22222'));
    assert.equal(removeKnownHost(text, '[10.0.0.5]:22222'), '');
  });

  it('marks revoked keys, never forgets them, and ignores certificate authorities', () => {
    const revoked = `@revoked ${line('*')}`;
    assert.deepEqual(findKnownHosts(revoked, 'any')[0]?.isRevoked, true);
    assert.equal(removeKnownHost(revoked, 'any'), revoked);
    assert.deepEqual(findKnownHosts(`@cert-authority ${line('*')}`, 'any'), []);
  });

  it('names a host without its port only on port 22', () => {
    assert.equal(knownHostsName('Device.local', 22), 'device.local');
    assert.equal(knownHostsName('fe80::1%eth0', 22222), '[fe80::1%eth0]:22222');
  });

  it('knows one host by what it stored for it, whatever a device on the network is called', () => {
    const hosts = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom(
        '*',
        '*.local',
        'a,[kitchen.local]:22222,b',
        'a\n[kitchen.local]:22222',
        '@revoked a',
        '|1|a',
      ),
    );
    fc.assert(
      fc.property(hosts, fc.constantFrom(22, 22222), (host, port) => {
        fc.pre(host.toLowerCase() !== 'kitchen.local');
        const name = knownHostsName(host, port);
        const text = addKnownHost('', name, ed25519);
        assert.equal(isKnown(text, name), true);
        assert.equal(isKnown(text, knownHostsName('kitchen.local', port)), false);
        assert.equal(isKnown(text, knownHostsName('kitchen.local', 22222)), false);
        assert.equal(removeKnownHost(text, name), '');
      }),
    );
  });

  it('writes fingerprints as OpenSSH does', () => {
    assert.match(fingerprintOf(ed25519), /^SHA256:[A-Za-z0-9+/]{43}$/);
  });
});
