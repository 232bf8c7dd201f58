import { isIPv4 } from 'node:net';
import { ipVersionOf } from '../net/ip-version.ts';
import { OsError } from '../core/errors.ts';

/** A device as the user named it. `port` is the number after the name, for any protocol. */
export type DeviceTarget = { readonly text: string; readonly port: number | null } & (
  | { readonly kind: 'address'; readonly address: string }
  /** A name to ask mDNS for, e.g. `mydevice.local`. */
  | { readonly kind: 'mdns'; readonly host: string }
  /** A name with dots that is not `.local`, or `localhost`: for the system resolver. */
  | { readonly kind: 'dns'; readonly host: string }
  /** Too long and too hexadecimal for a host name: a UUID or a long prefix of one. */
  | { readonly kind: 'uuid'; readonly prefix: string }
  /** One word: a host name, the name of an emulated device, or, if it is hexadecimal, the prefix of a UUID. */
  | { readonly kind: 'word'; readonly host: string; readonly prefix: string | null }
);

const shortestPrefix = 4;
const longestHostLabel = 63;

function refuse(text: string, why: string): OsError {
  return new OsError('usage', `not a device: ${JSON.stringify(text)}: ${why}`, {
    hint: 'name it by address, host name or UUID, e.g. 192.168.1.20, mydevice.local, 63ec46c',
  });
}

function parsePort(text: string, digits: string): number {
  const port = Number(digits);
  if (!/^\d{1,5}$/.test(digits) || port < 1 || port > 65_535)
    throw refuse(text, `${JSON.stringify(digits)} is no port`);
  return port;
}

/** Splits `host`, `host:port`, `[v6]`, `[v6]:port`; a bare IPv6 address keeps its colons. */
function splitPort(text: string): { readonly host: string; readonly port: number | null } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed)
    return {
      host: bracketed[1] ?? '',
      port: bracketed[2] === undefined ? null : parsePort(text, bracketed[2]),
    };
  const colon = text.indexOf(':');
  if (colon === -1 || ipVersionOf(text) === 6) return { host: text, port: null };
  return { host: text.slice(0, colon), port: parsePort(text, text.slice(colon + 1)) };
}

/**
 * The label avahi publishes for a host name: cut at the first dot, letters, digits and hyphens only, at most 63
 * characters (avahi-core/domain-util.c). `my_device` is on the network as `mydevice`.
 */
export function avahiLabel(hostname: string): string {
  return (hostname.split('.', 1)[0] ?? '').replace(/[^A-Za-z0-9-]/g, '').slice(0, longestHostLabel);
}

const isHostName = (host: string): boolean =>
  host.length <= 253 && host.split('.').every(label => /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})$/.test(label));

/**
 * Takes off what other programs write before a name: `ssh://` and `root@`. A port in a URL is the SSH server's, which most
 * commands do not ask, and other users are named by a flag. Throws OsError `usage` with the form to use.
 */
function stripLogin(text: string): string {
  const [, scheme, path = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  const rest = scheme === undefined ? text : path.replace(/\/$/, '');
  const [, user, name = ''] = /^([^@]*)@(.*)$/s.exec(rest) ?? [];
  const bare = user === undefined ? rest : name;
  const isLogin = scheme === undefined || scheme.toLowerCase() === 'ssh';
  if (!isLogin || (scheme !== undefined && bare !== '' && splitPort(bare).port !== null))
    throw new OsError('usage', `not a device: ${JSON.stringify(text)}`, {
      hint: `name it without ${scheme}://, e.g. ${bare}`,
    });
  if (user !== undefined && user !== 'root')
    throw new OsError('usage', `not a device: ${JSON.stringify(text)}`, {
      hint: `name the user with a flag: os ssh ${bare} --user ${user}`,
    });
  return bare;
}

/** Reads a device's name in any of its forms. Throws OsError `usage`. */
export function parseTarget(text: string): DeviceTarget {
  if (/^@|,/.test(text)) throw refuse(text, 'one device is meant here, not several');
  const trimmed = stripLogin(text.trim());
  if (trimmed === '') throw refuse(text, 'it is empty');
  const { host: withDot, port } = splitPort(trimmed);
  const host = withDot.replace(/\.$/, '').toLowerCase();
  const base = { text: trimmed, port };
  if (ipVersionOf(withDot) !== 0) {
    if (/^fe[89ab]/i.test(withDot) && !withDot.includes('%'))
      throw refuse(text, 'a link-local address needs its interface, e.g. fe80::1%eth0');
    return { ...base, kind: 'address', address: withDot };
  }
  if (/^[\d.]+$/.test(host) && host.includes('.') && !isIPv4(host)) throw refuse(text, 'no such address');
  if (!isHostName(host)) throw refuse(text, 'no address, host name or UUID looks like this');
  if (host.endsWith('.local')) {
    const label = avahiLabel(host);
    if (label === '') throw refuse(text, 'no host name looks like this');
    return { ...base, kind: 'mdns', host: `${label}.local` };
  }
  if (host.includes('.') || host === 'localhost') return { ...base, kind: 'dns', host };
  const hex = host.replaceAll('-', '');
  const isHex = /^[0-9a-f]+$/.test(hex);
  if (isHex && hex.length > 12) return { ...base, kind: 'uuid', prefix: hex };
  const label = avahiLabel(host);
  if (label === '') throw refuse(text, 'no host name looks like this');
  return {
    ...base,
    kind: 'word',
    host: `${label}.local`,
    prefix: isHex && hex.length >= shortestPrefix ? hex : null,
  };
}
