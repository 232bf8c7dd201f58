import { OsError } from '../core/errors.ts';

/** An IPv4 network. */
export interface Subnet {
  /** The network address as a number. */
  readonly base: number;
  readonly prefixLength: number;
}

const toNumber = (address: string): number | undefined => {
  const parts = address.split('.').map(part => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  if (parts.length !== 4 || parts.some(part => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
};

const toText = (address: number): string =>
  [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');

const sizeOf = (subnet: Subnet): number => 2 ** (32 - subnet.prefixLength);

/** The network that `text` (`10.0.0.0/8`, or one address) lies in, or undefined where it is none. */
export function findSubnet(text: string): Subnet | undefined {
  const [address = '', length = '32', ...rest] = text.split('/');
  const number = toNumber(address);
  const prefixLength = /^\d{1,2}$/.test(length) ? Number(length) : 33;
  if (number === undefined || prefixLength > 32 || rest.length > 0) return undefined;
  const size = 2 ** (32 - prefixLength);
  return { base: Math.floor(number / size) * size, prefixLength };
}

/** Throws OsError `usage` where `text` is no network that devices can live in. */
export function parseSubnet(text: string): Subnet {
  const subnet = findSubnet(text);
  if (subnet !== undefined && subnet.prefixLength >= 16 && subnet.prefixLength <= 28) return subnet;
  throw new OsError('usage', `not a network for devices: ${JSON.stringify(text)}`, {
    hint: 'write it like 10.213.0.0/24, with a length from 16 to 28',
  });
}

export const formatSubnet = (subnet: Subnet): string =>
  `${toText(subnet.base)}/${subnet.prefixLength.toString()}`;

/** Whether two networks share an address. */
export const isOverlapping = (a: Subnet, b: Subnet): boolean =>
  a.base < b.base + sizeOf(b) && b.base < a.base + sizeOf(a);

/** The machine's own address in the network: the first one. */
export const gatewayOf = (subnet: Subnet): string => toText(subnet.base + 1);

/** The first address for a device that nobody in `taken` has. Throws OsError `busy` when the network is full. */
export function findFreeAddress(subnet: Subnet, taken: ReadonlySet<string>): string {
  for (let host = 2; host < sizeOf(subnet) - 1; host++) {
    const address = toText(subnet.base + host);
    if (!taken.has(address)) return address;
  }
  throw new OsError('busy', `the network ${formatSubnet(subnet)} has no address left`, {
    hint: 'remove a device with `os emulator rm`, or choose a larger --subnet',
  });
}

/** Networks tried in turn when the user names none. */
export const defaultSubnets: readonly Subnet[] = Array.from({ length: 32 }, (_, i) =>
  parseSubnet(`10.213.${i.toString()}.0/24`),
);
