/**
 * The proxy of a device: redsocks.conf and no_proxy on the boot partition, which the OS turns into a redirection of all TCP
 * connections (meta-balena, balena-proxy-config; redsocks.conf.example of redsocks).
 */
import { isIPv4 } from 'node:net';
import { ipVersionOf } from '../../net/ip-version.ts';
import { OsError } from '../../core/errors.ts';

const directory = '/mnt/boot/system-proxy';
export const redsocksPath = `${directory}/redsocks.conf`;
export const noProxyPath = `${directory}/no_proxy`;

export const proxyTypes = ['socks4', 'socks5', 'http-connect', 'http-relay'] as const;

export interface Proxy {
  /** One of `proxyTypes`, or what the file says. */
  readonly type: string;
  /** An IPv4 address or a host name. */
  readonly host: string;
  readonly port: number;
  readonly login: string | null;
  readonly password: string | null;
}

const refuse = (problem: string, hint: string): OsError => new OsError('config-invalid', problem, { hint });

/** Words of a URL that mean a type. */
const aliases: Readonly<Partial<Record<string, Proxy['type']>>> = { socks: 'socks5', http: 'http-connect' };

/** Reads `socks5://user@10.0.0.1:1080`. Throws OsError `config-invalid` for what redsocks cannot use. */
export function parseProxyUrl(text: string, password: string | undefined): Proxy {
  const example = 'write it like socks5://user@10.0.0.1:1080';
  const [, scheme = '', login, secret, host = '', port = ''] =
    /^([a-z0-9-]+):\/\/(?:([^:@/]*)(?::([^@]*))?@)?([^:/@[\]]+):(\d+)\/?$/i.exec(text) ?? [];
  if (host === '') {
    const isIpv6 = /^[a-z0-9-]+:\/\/(?:[^@]*@)?\[/i.test(text);
    throw refuse(isIpv6 ? 'redsocks reaches no proxy over IPv6' : 'not the URL of a proxy', example);
  }
  const type = aliases[scheme.toLowerCase()] ?? scheme.toLowerCase();
  if (!proxyTypes.some(it => it === type))
    throw refuse(`${scheme} is no kind of proxy that redsocks knows`, `use ${proxyTypes.join(', ')}`);
  if (secret !== undefined)
    throw refuse('a password in the URL would stay in the history of the shell', 'give --password-file');
  if (Number(port) < 1 || Number(port) > 65_535) throw refuse(`${port} is no port`, example);
  if (!isIPv4(host) && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host))
    throw refuse(`${host} is no address and no host name`, example);
  const proxy = {
    type,
    host,
    port: Number(port),
    login: login === undefined || login === '' ? null : decodeURIComponent(login),
    password: password ?? null,
  };
  for (const [what, value] of [
    ['user', proxy.login],
    ['password', proxy.password],
  ] as const)
    if (value !== null && !/^[ !#-[\]-~]{1,255}$/.test(value))
      throw refuse(
        `the ${what} cannot be written for redsocks`,
        'it takes 1 to 255 printable ASCII characters, without " and \\',
      );
  if (proxy.password !== null && proxy.login === null)
    throw refuse('there is a password and no user', example);
  return proxy;
}

/** Throws OsError `config-invalid` for what the firewall of the OS, which has IPv4 alone, cannot take. */
export function checkNoProxy(network: string): void {
  const [address = '', length, ...rest] = network.split('/');
  const isLength = length === undefined || (/^\d{1,2}$/.test(length) && Number(length) <= 32);
  if (isIPv4(address) && isLength && rest.length === 0) return;
  throw refuse(
    `--no-proxy ${network} is no IPv4 address or network`,
    ipVersionOf(address) === 6
      ? 'connections over IPv6 are not redirected'
      : 'write it like 203.0.113.7 or 203.0.113.0/24; private networks go direct in any case',
  );
}

const section = /^[ \t]*(\w+)[ \t\r\n]*\{((?:"[^"]*"|[^}"])*)\}[ \t]*\r?\n?/gm;

/** The proxy of a redsocks.conf; undefined if it has none that is complete. */
export function parseRedsocks(text: string): Proxy | undefined {
  const bare = text.replaceAll(/^\s*(\/\/|#).*$/gm, '');
  const body = [...bare.matchAll(section)].find(([, name]) => name === 'redsocks')?.[2];
  if (body === undefined) return undefined;
  const values = new Map(
    [...body.matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|([^;"\s]+))\s*;/g)].map(
      ([, key = '', quoted, plain = '']): [string, string] => [key, quoted ?? plain],
    ),
  );
  const [type, host, port] = ['type', 'ip', 'port'].map(key => values.get(key));
  if (type === undefined || host === undefined || !/^\d+$/.test(port ?? '')) return undefined;
  return {
    type,
    host,
    port: Number(port),
    login: values.get('login') ?? null,
    password: values.get('password') ?? null,
  };
}

/** redsocks.conf with `proxy`. Sections of `former` for other things, such as dnsu2t, are kept. */
export function formatRedsocks({ type, host, port, login, password }: Proxy, former = ''): string {
  const kept = [...former.matchAll(section)].filter(([, name]) => name !== 'base' && name !== 'redsocks');
  return [
    'base {',
    '  log_debug = off;',
    '  log_info = on;',
    '  log = stderr;',
    '  daemon = off;',
    '  redirector = iptables;',
    '}',
    '',
    'redsocks {',
    `  type = ${type};`,
    `  ip = ${host};`,
    `  port = ${port.toString()};`,
    ...(login === null ? [] : [`  login = "${login}";`]),
    ...(password === null ? [] : [`  password = "${password}";`]),
    // The OS redirects to this port; its own redsocks sets both by itself.
    '  local_ip = 127.0.0.1;',
    '  local_port = 12345;',
    '}',
    ...kept.flatMap(([whole]) => ['', whole.trim()]),
    '',
  ].join('\n');
}
