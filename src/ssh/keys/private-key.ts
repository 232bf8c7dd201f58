import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { ParsedKey } from 'ssh2';
import type { Ssh2 } from '../library.ts';
import { parseOpenSshPrivateKey, renderOpenSshEd25519 } from './openssh-private-key.ts';

/** The text of a key file, as far as it can be read without a passphrase. */
export type KeyText =
  | { readonly kind: 'private' | 'public'; readonly key: ParsedKey }
  /** An encrypted private key. */
  | { readonly kind: 'locked' }
  /** A private key of a type that only an SSH agent can sign with, such as one on a security key. */
  | { readonly kind: 'unsupported'; readonly type: string }
  | { readonly kind: 'no-key' };

const pkcs8 = /-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/;
/** PKCS#8 (RFC 5958), and the older form of OpenSSL (RFC 1421 §4.6.1.1). */
const encryptedPem = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED$/m;

function parse(library: Ssh2, text: string, passphrase?: string): ParsedKey | undefined {
  const parsed: ParsedKey | ParsedKey[] | Error = library.utils.parseKey(text, passphrase);
  if (parsed instanceof Error) return undefined;
  return [parsed].flat()[0];
}

/** A key of PKCS#8, which ssh2 does not know, in a form that it does; undefined for types that SSH has no use for. */
function render(key: KeyObject): string | undefined {
  const type = key.asymmetricKeyType;
  if (type === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
  if (type === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString();
  return type === 'ed25519' ? renderOpenSshEd25519(key) : undefined;
}

function openPkcs8(text: string, passphrase: string | undefined): KeyObject | undefined {
  try {
    return createPrivateKey(passphrase === undefined ? text : { key: text, passphrase });
  } catch {
    return undefined;
  }
}

/** The private key in `text`; undefined if `passphrase` does not open it, or there is none. */
export function openPrivateKey(library: Ssh2, text: string, passphrase?: string): ParsedKey | undefined {
  if (!pkcs8.test(text)) return parse(library, text, passphrase);
  const key = openPkcs8(text, passphrase);
  const rendered = key && render(key);
  return rendered === undefined ? undefined : parse(library, rendered);
}

/** Returns the public key in `text`: a line of a .pub file, or the unencrypted head of an OpenSSH private key. */
export function readPublicKey(library: Ssh2, text: string): ParsedKey | undefined {
  const inside = parseOpenSshPrivateKey(text);
  return parse(
    library,
    inside === undefined ? text : `${inside.type} ${inside.publicBlob.toString('base64')}`,
  );
}

export function readKeyText(library: Ssh2, text: string): KeyText {
  const key = openPrivateKey(library, text);
  if (key !== undefined) return { kind: key.isPrivateKey() ? 'private' : 'public', key };
  const openSsh = parseOpenSshPrivateKey(text);
  // A key on a security key, as `sk-ssh-ed25519@openssh.com`.
  if (openSsh?.type.startsWith('sk-')) return { kind: 'unsupported', type: openSsh.type };
  if (openSsh?.isEncrypted ?? encryptedPem.test(text)) return { kind: 'locked' };
  if (openSsh !== undefined) return { kind: 'unsupported', type: openSsh.type };
  const type = pkcs8.test(text) ? openPkcs8(text, undefined)?.asymmetricKeyType : undefined;
  return type === undefined ? { kind: 'no-key' } : { kind: 'unsupported', type };
}
