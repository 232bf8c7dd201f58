/** TCP sockets that listen, from the kernel's own table (Documentation/networking/proc_net_tcp.rst). */

export interface ListeningSocket {
  /** `0.0.0.0` and `::` are every address. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** The state TCP_LISTEN. */
const listening = '0A';

/** The kernel prints each 32-bit word in the byte order of the machine: little-endian on every board there is. */
function addressOf(hex: string): string {
  const bytes = [...Buffer.from(hex, 'hex').swap32()];
  if (bytes.length === 4) return bytes.join('.');
  const isMapped = bytes.slice(0, 10).every(byte => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (isMapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  // URL writes an IPv6 address in its shortest form.
  return new URL(`http://[${groups.map(group => group.toString(16)).join(':')}]`).hostname.slice(1, -1);
}

/** The listening sockets in the text of /proc/net/tcp and /proc/net/tcp6; other lines are left out. */
export function parseListeningSockets(text: string): ListeningSocket[] {
  const row = /^ *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) (.*)$/;
  return text.split('\n').flatMap(line => {
    const [, address = '', port = '', state, rest = ''] = row.exec(line) ?? [];
    if (state !== listening) return [];
    return [
      { address: addressOf(address), port: Number.parseInt(port, 16), inode: rest.split(/ +/)[5] ?? '' },
    ];
  });
}

export const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');

export const isEveryAddress = (address: string): boolean => address === '0.0.0.0' || address === '::';
