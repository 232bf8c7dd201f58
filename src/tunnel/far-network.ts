/**
 * Asks the host about a network: what listens on a port there, and which program could connect to it. For ports that SSH
 * forwarding does not reach: those that a container opens on its own loopback address alone, or without any address, and all of
 * them where the SSH server forwards nothing.
 */
import { addressAndPort } from '../core/address.ts';
import { shellQuote } from '../core/shell-quote.ts';
import { isEveryAddress, parseListeningSockets } from '../net/listening-sockets.ts';

/** Names a container's network by its id; undefined: the host's own. */
type Container = string | undefined;

/** Sets `p` to a process of the container, found by the id in its control group, so that it is never another one's. */
const findProcess = (id: string): string =>
  `p=$(grep -l ${shellQuote(id)} /proc/[0-9]*/cgroup 2> /dev/null | head -n 1); p=\${p#/proc/}; p=\${p%/cgroup}`;

/** Prints the sockets of a network, and on lines before it which programs there are. */
export function lookScript(container: Container): string {
  const tables = (pid: string): string => `cat /proc/${pid}/net/tcp /proc/${pid}/net/tcp6 2> /dev/null`;
  return [
    `has() { command -v "$1" > /dev/null 2>&1 && echo "has $1"; }`,
    `has socat; has nc; has nsenter`,
    `busybox nc --help 2>&1 | grep -q 'nc ' && echo 'has busybox-nc'`,
    `nc -h 2>&1 | grep -q -e ' -N' && echo 'has nc-N'`,
    container === undefined
      ? tables('self')
      : `${findProcess(container)}; [ -n "$p" ] && echo found && ${tables('$p')}`,
    'true',
  ].join('\n');
}

export interface FarNetwork {
  /** False if no process of the container runs. */
  readonly isThere: boolean;
  readonly canEnter: boolean;
  /** Arguments follow: an address and a port. undefined if the host has none. */
  readonly relay: ((address: string, port: number) => string) | undefined;
  /** The addresses that have a listener on the port; `127.0.0.1` or `::1` for those that accept every address. */
  readonly addresses: readonly string[];
}

function relayOf(programs: ReadonlySet<string>): FarNetwork['relay'] {
  if (programs.has('socat'))
    return (address, port) =>
      `socat -t 86400 - TCP${address.includes(':') ? '6' : '4'}:${addressAndPort(address, port)}`;
  if (programs.has('nc'))
    return (address, port) => `nc ${programs.has('nc-N') ? '-N ' : ''}${address} ${port.toString()}`;
  if (programs.has('busybox-nc')) return (address, port) => `busybox nc ${address} ${port.toString()}`;
  return undefined;
}

/** Reads what `lookScript` printed. */
export function parseNetwork(text: string, container: Container, port: number): FarNetwork {
  const programs = new Set([...text.matchAll(/^has (\S+)$/gm)].map(([, name = '']) => name));
  const addresses = parseListeningSockets(text)
    .filter(it => it.port === port)
    .map(({ address }) => {
      if (!isEveryAddress(address)) return address;
      // A socket on every address of IPv6 accepts IPv4 too, unless it says otherwise.
      return '127.0.0.1';
    });
  return {
    isThere: container === undefined || /^found$/m.test(text),
    canEnter: programs.has('nsenter'),
    relay: relayOf(programs),
    addresses: [...new Set(addresses)],
  };
}

/** A command that relays its input and output to a port, from within the container's network if one is named. */
export function relayCommand(container: Container, relay: string): string {
  if (container === undefined) return `exec ${relay}`;
  return `${findProcess(container)}; [ -n "$p" ] && exec nsenter -t "$p" -n ${relay}`;
}
