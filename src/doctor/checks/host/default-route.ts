import { hostCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

/** Flags of a route (linux/route.h): it is in use; it refuses what is sent by it. */
const flags = { up: 0x1, reject: 0x200 };

/** IPv4: interface, destination, gateway (none on the link of a modem), flags, three numbers, mask. */
const route4 = /^(\S+)\s+0{8}\s+[0-9A-F]{8}\s+([0-9A-F]+)(?:\s+\d+){3}\s+0{8}\s/gm;
/** IPv6: destination and source with their lengths, gateway, three numbers, flags, interface. */
const route6 = /^0{32} 00 0{32} 00 [0-9a-f]{32}(?: [0-9a-f]{8}){3} ([0-9a-f]{8})\s+(\S+)$/gm;

/** The interfaces of the default routes. */
function defaultInterfaces(routes: string): string[] {
  const found = [
    ...[...routes.matchAll(route4)].map(([, name = '', bits = '']) => ({ name, bits })),
    ...[...routes.matchAll(route6)].map(([, bits = '', name = '']) => ({ name, bits })),
  ];
  const isUsed = ({ bits }: { readonly bits: string }): boolean =>
    (Number.parseInt(bits, 16) & (flags.up | flags.reject)) === flags.up;
  return [...new Set(found.filter(isUsed).map(({ name }) => name))];
}

/** Checks that the device has a way out of its network, which pulls of images need. */
export const defaultRoute = hostCheck({
  id: 'default-route',
  title: 'its way out',
  question: 'cat /proc/net/route /proc/net/ipv6_route; echo; echo resolv; cat /etc/resolv.conf',
  judge: answer => {
    const [routes = '', resolv = ''] = answer.split('\nresolv\n');
    const through = defaultInterfaces(routes);
    const servers = [...resolv.matchAll(/^nameserver\s+(\S+)/gm)].length;
    if (through.length === 0)
      return warning(
        'no default route: it can pull no images',
        'give it a gateway: os network list --on DEVICE',
      );
    return servers === 0
      ? warning('no name server: it can pull no images', 'os config set dnsServers ADDRESS --on DEVICE')
      : ok(`through ${through.join(', ')}`);
  },
});
