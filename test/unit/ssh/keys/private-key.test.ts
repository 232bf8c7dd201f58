import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import library from 'ssh2';
import { openPrivateKey, readKeyText } from '../../../../src/ssh/keys/private-key.ts';

const pem = (label: string, body = 'AAAA'): string =>
  `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

describe('the text of a key file', () => {
  const ed25519 = generateKeyPairSync('ed25519').privateKey;

  it('is a private key in PKCS#8 too, whose public half is the same', () => {
    for (let i = 0; i < 20; i++) {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      const opened = openPrivateKey(library, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
      assert.ok(opened);
      assert.equal(opened.isPrivateKey(), true);
      const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
      assert.deepEqual(opened.getPublicSSH().subarray(-32), raw);
      const data = Buffer.from('signed');
      assert.equal(opened.verify(data, opened.sign(data)), true);
    }
  });

  it('is locked only where it says that it is encrypted', () => {
    const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
    const locked = ed25519.export(options).toString();
    assert.equal(readKeyText(library, locked).kind, 'locked');
    assert.equal(openPrivateKey(library, locked, 'y'), undefined);
    assert.ok(openPrivateKey(library, locked, 'x')?.isPrivateKey());
    assert.equal(
      readKeyText(library, pem('RSA PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED\n\nAAAA')).kind,
      'locked',
    );
  });

  it('is of a type that only an agent can use, or no key at all', () => {
    const x448 = generateKeyPairSync('x448').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    assert.deepEqual(readKeyText(library, x448), { kind: 'unsupported', type: 'x448' });
    for (const text of ['', 'hello', pem('PRIVATE KEY'), pem('CERTIFICATE')])
      assert.equal(readKeyText(library, text).kind, 'no-key', text);
  });
});
