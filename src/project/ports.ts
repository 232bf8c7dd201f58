import { inBrackets } from '../core/address.ts';
import { ipVersionOf } from '../net/ip-version.ts';

/** One port of a container that the device publishes. */
export interface PortMapping {
  /** Port in the container. */
  readonly target: number;
  /** Port of the device, or a range `8000-8010` to choose from; undefined: any. */
  readonly published: string | undefined;
  readonly hostIp: string | undefined;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

export interface PortProblem {
  readonly problem: string;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

const shortForm =
  /^(?:(?:\[(?<ip6>[0-9a-fA-F:.%\w]+)\]|(?<ip4>[^:[\]]*)):)?(?:(?<published>[\d-]*):)?(?<target>[\d-]+)(?:\/(?<protocol>\w+))?$/;

/** An IPv6 address may lack its brackets, as what precedes the last two colons is the address. */
function bracketed(text: string): string {
  const [, address = '', ports = ''] = /^(.*)(:[^:]*:[^:]*)$/.exec(text) ?? [];
  return ipVersionOf(address) === 6 ? `[${address}]${ports}` : text;
}

/** `80`, `8080:80`, `127.0.0.1:8080:80/udp`, `8000-8010:8000-8010`, `[::1]:80:80`. */
export function parsePort(text: string): PortMapping[] | PortProblem {
  const problem = `${JSON.stringify(text)} is not a port: write it like "8080:80", "127.0.0.1:8080:80/udp" or "8000-8010:8000-8010"`;
  const { ip6, ip4, published, target, protocol } = shortForm.exec(bracketed(text))?.groups ?? {};
  if (target === undefined) return { problem };
  // `8080:80`: with one colon, the part before it is the port.
  const [hostIp, out] =
    published === undefined && ip6 === undefined && ip4 !== undefined
      ? [undefined, ip4]
      : [ip6 ?? ip4, published];
  if (hostIp !== undefined && hostIp !== '' && ip6 === undefined && !/^\d{1,3}(\.\d{1,3}){3}$/.test(hostIp))
    return { problem: `${JSON.stringify(text)}: ${hostIp} is not an IP address` };
  return expandPort({ target, published: out, hostIp, protocol }, problem);
}

export interface PortParts {
  readonly target: string;
  readonly published: string | undefined;
  readonly hostIp: string | undefined;
  readonly protocol: string | undefined;
}

export function expandPort(parts: PortParts, problem: string): PortMapping[] | PortProblem {
  const protocol = (parts.protocol ?? 'tcp').toLowerCase();
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp')
    return { problem: `${protocol} is not a protocol: it is tcp, udp or sctp` };
  const inside = parseRange(parts.target);
  const outside = parts.published ? parseRange(parts.published) : undefined;
  if (inside === undefined || (parts.published && outside === undefined)) return { problem };
  const hostIp = parts.hostIp === '' ? undefined : parts.hostIp;
  const count = inside.last - inside.first + 1;
  if (outside !== undefined && count > 1 && outside.last - outside.first + 1 !== count)
    return { problem: `the ranges ${parts.published ?? ''} and ${parts.target} differ in length` };
  return Array.from({ length: count }, (_, i) => ({
    target: inside.first + i,
    hostIp,
    protocol,
    published:
      outside === undefined ? undefined : count > 1 ? (outside.first + i).toString() : rangeText(outside),
  }));
}

function parseRange(text: string): Range | undefined {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first >= 0 && last <= 65_535 && first <= last ? { first, last } : undefined;
}

const rangeText = ({ first, last }: Range): string =>
  first === last ? first.toString() : `${first.toString()}-${last.toString()}`;

/** True if the device can publish only one of the two: the same port on overlapping addresses. */
export function isSamePublishedPort(a: PortMapping, b: PortMapping): boolean {
  const isFixed = a.published !== undefined && a.published !== '0' && !a.published.includes('-');
  return isFixed && a.published === b.published && a.protocol === b.protocol && overlaps(a.hostIp, b.hostIp);
}

function overlaps(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return true;
  const isSameFamily = a.includes(':') === b.includes(':');
  return isSameFamily && [a, b].some(it => it === '0.0.0.0' || it === '::');
}

/** `127.0.0.1:8080:80/tcp` */
export function formatPort({ hostIp, published, target, protocol }: PortMapping): string {
  const host = hostIp === undefined ? '' : `${inBrackets(hostIp)}:`;
  return `${host}${published ?? ''}:${target.toString()}/${protocol}`;
}
