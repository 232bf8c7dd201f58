import { X509Certificate } from 'node:crypto';
import { OsError } from '../../core/errors.ts';
import type { CertificateKind } from './certificates.ts';

const nouns: Readonly<Record<CertificateKind, string>> = {
  ca: 'CA certificate',
  certificate: 'certificate',
  key: 'private key',
};
/** OpenSSL finds these at the beginning of a line alone. */
const headers: Readonly<Record<CertificateKind, RegExp>> = {
  ca: /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m,
  certificate: /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m,
  key: /^-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/m,
};

function isDerCertificate(content: Uint8Array): boolean {
  if (content[0] !== 0x30) return false;
  try {
    return new X509Certificate(content).raw.length > 0;
  } catch {
    return false;
  }
}

/** Throws OsError `usage` where `content` of `file` is not what `kind` says: the device would join no network with it. */
export function checkCertificate(kind: CertificateKind, content: Buffer, file: string): void {
  if (headers[kind].test(content.toString('latin1'))) return;
  // Of keys, wpa_supplicant takes DER and PKCS #12 too, which only the passphrase opens.
  if (kind === 'key' ? content[0] === 0x30 : isDerCertificate(content)) return;
  throw new OsError('usage', `${file} holds no ${nouns[kind]} in PEM`, {
    hint: `a line of it begins with -----BEGIN ${kind === 'key' ? 'PRIVATE KEY' : 'CERTIFICATE'}-----`,
  });
}
