import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseOpenSshPrivateKey, readWireString } from '../../../../src/ssh/keys/openssh-private-key.ts';

function wire(...values: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    values.flatMap(value => {
      const size = Buffer.alloc(4);
      size.writeUInt32BE(value.length);
      return [size, Buffer.from(value as string)];
    }),
  );
}

const armoured = (body: Buffer): string =>
  `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;

describe('an OpenSSH private key', () => {
  it('shows its public half, encrypted or not', () => {
    const publicBlob = wire('ssh-ed25519', Buffer.alloc(32, 1));
    for (const cipher of ['none', 'aes256-ctr']) {
      const one = Buffer.from([0, 0, 0, 1]);
      const head = Buffer.from('openssh-key-v1\0');
      const body = Buffer.concat([head, wire(cipher, 'bcrypt', 'options'), one, wire(publicBlob, 'secret')]);
      const parsed = parseOpenSshPrivateKey(armoured(body));
      assert.deepEqual(parsed, { type: 'ssh-ed25519', publicBlob, isEncrypted: cipher !== 'none' });
    }
  });

  it('is nothing else, however broken', () => {
    fc.assert(fc.property(fc.string(), text => parseOpenSshPrivateKey(text) === undefined));
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        parseOpenSshPrivateKey(armoured(Buffer.concat([Buffer.from('openssh-key-v1\0'), bytes])));
      }),
    );
  });

  it('is made of strings that never reach beyond it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(64), (bytes, offset) => {
        const read = readWireString(Buffer.from(bytes), offset);
        assert.ok(read === undefined || read.end <= bytes.length);
      }),
    );
  });
});
