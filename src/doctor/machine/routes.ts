export interface Route {
  readonly interface: string;
  /** Addresses and masks as numbers; the gateway is 0 where the network is at hand. */
  readonly gateway: number;
  readonly destination: number;
  readonly mask: number;
  readonly metric: number;
}

/** The kernel prints addresses in the byte order of this machine. */
const addressOf = (text: string | undefined): number =>
  Buffer.from((text ?? '').padStart(8, '0'), 'hex').readUInt32LE();

/** The IPv4 routes in the text of /proc/net/route. */
export function parseRoutes(text: string): Route[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap(line => {
      const [name, destination, gateway, , , , metric, mask] = line.trim().split(/\s+/);
      if (name === undefined || mask?.length !== 8) return [];
      return [
        {
          interface: name,
          destination: addressOf(destination),
          gateway: addressOf(gateway),
          mask: addressOf(mask),
          metric: Number(metric),
        },
      ];
    });
}

const dotted = (address: number): string =>
  [24, 16, 8, 0].map(shift => ((address >>> shift) & 255).toString()).join('.');

/** The networks that lie on `name` itself, e.g. `172.17.0.0/16`. */
export const networksOn = (routes: readonly Route[], name: string): string[] =>
  routes
    .filter(it => it.interface === name && it.gateway === 0 && it.destination !== 0)
    .map(it => `${dotted(it.destination)}/${Math.clz32(~it.mask).toString()}`);
