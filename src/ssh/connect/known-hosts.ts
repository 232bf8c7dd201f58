/** known_hosts in OpenSSH's format (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): pure text in, text out; unknown lines are kept. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readWireString } from '../keys/openssh-private-key.ts';

export interface KnownHost {
  /** Key type, e.g. `ssh-ed25519`, and its wire form in base64. */
  readonly type: string;
  readonly key: string;
  readonly isRevoked: boolean;
}

interface Line extends KnownHost {
  /** Comma-separated patterns, or one hashed name. */
  readonly names: string;
}

/** Characters that end a name in the file, or make it more than one, a pattern, a hash, a marker or a comment. */
const special = /[\s\p{Cc},*?!|#@[\]\\]/gu;

/**
 * The name of a host and port: `host` on port 22, else `[host]:port`. A host may be called anything on the network, so
 * characters with a meaning in the file are written as `%2c`.
 */
export function knownHostsName(host: string, port: number): string {
  const name = host
    .toLowerCase()
    .replace(special, character => `%${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`);
  return port === 22 ? name : `[${name}]:${port.toString()}`;
}

/** The type inside a key's wire form. */
export function keyTypeOf(key: Buffer): string {
  return readWireString(key, 0)?.value.toString('latin1') ?? '';
}

/** Returns the fingerprint in the form of `ssh-keygen -l`. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function parseLine(text: string): Line | undefined {
  const words = text.trim().split(/[ \t]+/);
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  const [names, type, key] = words;
  if (names === undefined || type === undefined || key === undefined || names.startsWith('#'))
    return undefined;
  if (marker !== undefined && marker !== '@revoked') return undefined;
  if (keyTypeOf(Buffer.from(key, 'base64')) !== type) return undefined;
  return { names, type, key, isRevoked: marker !== undefined };
}

function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hashed.split('|');
  const expected = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  const actual = Buffer.from(hash, 'base64');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function isPatternOf(pattern: string, name: string): boolean {
  const source = pattern
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}

function isForName(names: string, name: string): boolean {
  const wanted = name.toLowerCase();
  if (names.startsWith('|1|')) return isHashOf(names, wanted);
  const patterns = names.split(',');
  return (
    !patterns.some(pattern => pattern.startsWith('!') && isPatternOf(pattern.slice(1), wanted)) &&
    patterns.some(pattern => isPatternOf(pattern, wanted))
  );
}

/** Returns every key in `text` for `name`. */
export function findKnownHosts(text: string, name: string): KnownHost[] {
  return text
    .split('\n')
    .map(parseLine)
    .filter(line => line !== undefined)
    .filter(line => isForName(line.names, name))
    .map(({ type, key, isRevoked }) => ({ type, key, isRevoked }));
}

/** `text` with one more key. */
export function addKnownHost(text: string, name: string, key: Buffer): string {
  const begin = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${begin}${name} ${keyTypeOf(key)} ${key.toString('base64')}\n`;
}

/** Returns `text` without the keys of `name`; removes the name from a line that lists others too. */
export function removeKnownHost(text: string, name: string): string {
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    const parsed = parseLine(line);
    if (parsed === undefined || parsed.isRevoked || !isForName(parsed.names, name)) {
      kept.push(line);
      continue;
    }
    const others = parsed.names.split(',').filter(other => other.toLowerCase() !== name.toLowerCase());
    // A remaining pattern that still matches the name is removed too, else the name would still be known.
    if (!parsed.names.startsWith('|1|') && !isForName(others.join(','), name) && others.length > 0)
      kept.push(line.replace(parsed.names, others.join(',')));
  }
  return kept.join('\n');
}
