/** OpenSSH public keys, read as sshd reads them (RFC 4253 §6.6, RFC 5656, RFC 8709, PROTOCOL.u2f). */

/** The fields of a key's blob; undefined if their lengths do not add up. */
function fieldsOf(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** The bits of a positive number that is written as an mpint; 0 for a negative one. */
function bitsOf(mpint: Buffer | undefined): number {
  if (mpint === undefined || ((mpint[0] ?? 0x80) & 0x80) !== 0) return 0;
  const digits = mpint.toString('hex').replace(/^0+/, '');
  return digits === '' ? 0 : BigInt(`0x${digits}`).toString(2).length;
}

const isPoint = (field: Buffer | undefined, sizeBytes: number): boolean =>
  field?.length === sizeBytes && field[0] === 4;

/** sshd refuses smaller ones. */
const minRsaBits = 1024;

const ecdsa =
  (curve: string, pointBytes: number) =>
  ([, name, point, ...more]: Buffer[]): boolean =>
    name?.toString('latin1') === curve && isPoint(point, pointBytes) && more.length === 0;

const kinds: Readonly<Record<string, (fields: Buffer[]) => boolean>> = {
  'ssh-ed25519': ([, key, ...more]) => key?.length === 32 && more.length === 0,
  'ssh-rsa': ([, exponent, modulus, ...more]) =>
    bitsOf(exponent) > 0 && bitsOf(modulus) >= minRsaBits && more.length === 0,
  'ecdsa-sha2-nistp256': ecdsa('nistp256', 65),
  'ecdsa-sha2-nistp384': ecdsa('nistp384', 97),
  'ecdsa-sha2-nistp521': ecdsa('nistp521', 133),
  'sk-ssh-ed25519@openssh.com': ([, key, application, ...more]) =>
    key?.length === 32 && application !== undefined && more.length === 0,
  'sk-ecdsa-sha2-nistp256@openssh.com': ([, name, point, application, ...more]) =>
    name?.toString('latin1') === 'nistp256' &&
    isPoint(point, 65) &&
    application !== undefined &&
    more.length === 0,
};

/** Returns the fault of one line of an authorized_keys file with a key and a comment; undefined for a valid one. */
export function problemOfPublicKey(line: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(line)) return 'it is a private key; give the .pub file';
  if (/[\r\n]/.test(line)) return 'it has several lines; each key is one value';
  const [, kind = '', encoded = ''] = /^(\S+)[ \t]+(\S+)(?:[ \t].*)?$/.exec(line) ?? [];
  const check = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (kind === 'ssh-dss') return 'DSA keys are refused by every current SSH server';
  if (check === undefined) return 'it does not begin with a key type such as ssh-ed25519';
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || encoded.length % 4 !== 0)
    return 'the part after the key type is not whole base64';
  const fields = fieldsOf(Buffer.from(encoded, 'base64'));
  if (fields?.[0]?.toString('latin1') !== kind)
    return `the key in it is not of the type ${kind}, or is cut off`;
  return check(fields) ? undefined : `the key in it is not a usable ${kind} key`;
}
