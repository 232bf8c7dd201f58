import type { KeyObject } from 'node:crypto';

/** The readable part of a private key file, openssh/PROTOCOL.key. */
export interface OpenSshPrivateKey {
  /** The public half: its type, and its wire form. */
  readonly type: string;
  readonly publicBlob: Buffer;
  readonly isEncrypted: boolean;
}

const magic = Buffer.from('openssh-key-v1\0');
const armour = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/;

/** Reads a length-prefixed string (RFC 4251 §5) at `offset`; undefined when it does not fit. */
export function readWireString(
  buffer: Buffer,
  offset: number,
): { readonly value: Buffer; readonly end: number } | undefined {
  if (offset + 4 > buffer.length) return undefined;
  const end = offset + 4 + buffer.readUInt32BE(offset);
  return end > buffer.length ? undefined : { value: buffer.subarray(offset + 4, end), end };
}

/** Parses the unencrypted head of an OpenSSH private key; undefined for any other text. */
export function parseOpenSshPrivateKey(text: string): OpenSshPrivateKey | undefined {
  const body = Buffer.from(armour.exec(text)?.[1] ?? '', 'base64');
  if (!body.subarray(0, magic.length).equals(magic)) return undefined;
  const cipher = readWireString(body, magic.length);
  const kdf = cipher && readWireString(body, cipher.end);
  const kdfOptions = kdf && readWireString(body, kdf.end);
  // The number of keys follows; OpenSSH writes one.
  const publicBlob = kdfOptions && readWireString(body, kdfOptions.end + 4)?.value;
  const type = publicBlob && readWireString(publicBlob, 0)?.value.toString('latin1');
  if (publicBlob === undefined || type === undefined) return undefined;
  return { type, publicBlob, isEncrypted: cipher?.value.toString('latin1') !== 'none' };
}

const wireString = (value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** An Ed25519 private key in OpenSSH's own format, unencrypted: PEM has no other that ssh2 reads. */
export function renderOpenSshEd25519(key: KeyObject): string {
  const { x = '', d = '' } = key.export({ format: 'jwk' });
  const [publicBytes, seed] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')];
  const type = wireString('ssh-ed25519');
  const pair = [type, wireString(publicBytes), wireString(Buffer.concat([seed, publicBytes]))];
  // Two equal check numbers, and no comment; filled up to blocks of eight with 1, 2, 3, …
  const section = Buffer.concat([Buffer.alloc(8), ...pair, wireString('')]);
  const padding = Buffer.from(Array.from({ length: (8 - (section.length % 8)) % 8 }, (_, i) => i + 1));
  const body = Buffer.concat([
    magic,
    ...['none', 'none', ''].map(wireString),
    Buffer.from([0, 0, 0, 1]),
    wireString(Buffer.concat([type, wireString(publicBytes)])),
    wireString(Buffer.concat([section, padding])),
  ]);
  const lines = body.toString('base64').replace(/.{70}(?=.)/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
}
