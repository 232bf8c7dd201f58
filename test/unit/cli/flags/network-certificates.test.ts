import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readNetworkProfile } from '../../../../src/cli/flags/network-flags.ts';
import { openTempDirectory } from '../../../support/temp-directory.ts';

const der = Buffer.from(
  'MIIBbjCCAROgAwIBAgIUKpNinHixhq3siw+T0mv64ev0X0IwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBeDAeFw0yNjExMjkyMzU1MzJaFw0zNjExMjYyMzU1MzJaMAwxCjAIBgNVBAMMAXgwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATaAXeR6fkRbrm6EAe/BMWTx9e8wUOJ1Z+AfIodQgbtOjmvHZs0m4O8bbvWvG6gEWTrwAEyHScJdi/9RTlTC7fmo1MwUTAdBgNVHQ4EFgQUcrJ/OYSPsH+IuTDrKywYiydi0E0wHwYDVR0jBBgwFoAUcrJ/OYSPsH+IuTDrKywYiydi0E0wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAo7v5lQKC5RzUPmmPOHlNR5LyZ8BXE7BPnuUW39ByfHQCIQDNLB4a0ei17iErZKmTR/Oj3En7YiGtRkQDm7Xma98GVg==',
  'base64',
);
const certificate = `-----BEGIN CERTIFICATE-----\r\n${der.toString('base64')}\r\n-----END CERTIFICATE-----\r\n`;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const keyDer = privateKey.export({ type: 'pkcs8', format: 'der' });
const keyPem = privateKey.export({ type: 'sec1', format: 'pem' }).toString();

type Contents = Readonly<Record<'ca' | 'certificate' | 'private-key', string | Buffer>>;

/** The contents that go to the device with a profile of an enterprise network whose files hold `contents`. */
async function readFiles(contents: Contents): Promise<readonly string[]> {
  await using temp = await openTempDirectory();
  const named: Record<string, string> = {};
  for (const [flag, content] of Object.entries(contents)) {
    named[flag] = path.join(temp.path, `${flag}.pem`);
    await writeFile(named[flag], content);
  }
  const no = { open: false, wpa3: false, hidden: false, pin: false, 'no-verify': false };
  const flags = { ...no, 'no-ipv4': false, 'no-ipv6': false, 'no-autoconnect': false };
  const wifi = { ssid: 'office', eap: 'tls', identity: 'me' } as const;
  const { files } = await readNetworkProfile('office', { ...flags, ...wifi, ...named }, () =>
    Promise.resolve(undefined),
  );
  return files.map(({ content }) => content.toString('latin1'));
}

const good = { ca: certificate, certificate, 'private-key': keyPem };

describe('the files of an enterprise network', () => {
  it('go to the device as they are, in PEM or DER', async () => {
    const bundle = `subject=one\n${certificate}subject=two\n${certificate}`;
    for (const contents of [
      good,
      { ...good, ca: bundle },
      { ca: der, certificate: der, 'private-key': keyDer },
    ])
      assert.deepEqual(
        await readFiles(contents),
        Object.values(contents).map(it => Buffer.from(it).toString('latin1')),
      );
  });

  it('are refused where they are not what their flags say, as the device would not join', async () => {
    const publicKey = 'ssh-ed25519 AAAA me@here\n';
    for (const [flag, content, what] of [
      ['ca', publicKey, 'CA certificate'],
      ['ca', `\ufeff${certificate}`, 'CA certificate'],
      ['ca', Buffer.from(certificate, 'utf16le'), 'CA certificate'],
      ['ca', keyDer, 'CA certificate'],
      ['ca', '', 'CA certificate'],
      ['certificate', keyPem, 'certificate'],
      ['private-key', certificate, 'private key'],
    ] as const)
      await assert.rejects(readFiles({ ...good, [flag]: content }), {
        code: 'usage',
        message: new RegExp(`${flag}\\.pem holds no ${what} in PEM$`),
      });
  });
});
