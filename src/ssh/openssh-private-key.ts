/** The readable part of a private key file, openssh/PROTOCOL.key. */
export interface OpenSshPrivateKey {
  /** The public half: its type, and its wire form. */
  type: string;
  publicBlob: Buffer;
}

const magic = Buffer.from('openssh-key-v1\0');
const armour = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/;

/** Reads a length-prefixed string (RFC 4251 §5) at `offset`; undefined when it does not fit. */
export function readWireString(buffer: Buffer, offset: number): { value: Buffer; end: number } | undefined {
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
  return { type, publicBlob };
}
