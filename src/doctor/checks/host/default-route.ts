import { hostCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

/** Checks that the device has a way out of its network, which pulls of images need. */
export const defaultRoute = hostCheck({
  id: 'default-route',
  title: 'its way out',
  question: 'cat /proc/net/route; echo; echo resolv; cat /etc/resolv.conf',
  judge: answer => {
    const [routes = '', resolv = ''] = answer.split('\nresolv\n');
    const through = [...routes.matchAll(/^(\S+)\s+00000000\s+(?!00000000)[0-9A-F]{8}\s/gm)].map(it => it[1]);
    const servers = [...resolv.matchAll(/^nameserver\s+(\S+)/gm)].length;
    if (through.length === 0)
      return warning(
        'no default route: it can pull no images',
        'give it a gateway: os network list --on DEVICE',
      );
    return servers === 0
      ? warning('no name server: it can pull no images', 'os config set dnsServers ADDRESS --on DEVICE')
      : ok(`through ${[...new Set(through)].join(', ')}`);
  },
});
