import { machineCheck } from '../../check.ts';
import { blocks, ok } from '../../finding.ts';
import { isOfContainers } from '../../machine/container-interfaces.ts';
import type { NetworkInterface } from '../../machine/machine.ts';

export const interfaces = machineCheck({
  id: 'interfaces',
  title: 'network interfaces',
  read: machine => machine.readInterfaces(),
  judge: (found: readonly NetworkInterface[]) => {
    const usable = found.filter(
      it => it.isUp && !it.isLoopback && !isOfContainers(it.name) && it.cidrs.length > 0,
    );
    if (usable.length > 0) return ok(usable.map(it => `${it.name} ${it.cidrs[0] ?? ''}`).join(', '));
    return blocks(
      3,
      'no network interface is up with an address',
      'connect this machine to the network of the device',
    );
  },
});
