import { rangeOf, withoutZone } from '../../../net/address-range.ts';
import { machineCheck } from '../../check.ts';
import { blocks, ok, warning } from '../../finding.ts';
import { isBridge } from '../../machine/container-interfaces.ts';
import type { NetworkInterface } from '../../machine/machine.ts';

interface Input {
  readonly interfaces: readonly NetworkInterface[];
  /** Of the device, where one was found. */
  readonly address: string | null;
}

const isIpv4 = (cidr: string): boolean => !cidr.includes(':');

/** Bridges of this machine's own Docker whose range takes the device's address, or a whole network, away. */
export const bridges = machineCheck({
  id: 'bridges',
  title: "Docker's bridges here",
  read: async (machine, sources): Promise<Input> => ({
    interfaces: await machine.readInterfaces(),
    address: await sources.device().then(
      ({ address }) => withoutZone(address),
      () => null,
    ),
  }),
  judge: ({ interfaces, address }: Input) => {
    const own = interfaces.filter(it => isBridge(it.name));
    const taking = own.find(it => address !== null && rangeOf(it.cidrs).has(address));
    const others = interfaces.filter(it => !isBridge(it.name) && !it.isLoopback);
    if (taking !== undefined)
      return blocks(
        3,
        `the bridge ${taking.name} (${taking.cidrs[0] ?? ''}) of this machine has the range of the device ${address ?? ''}`,
        'give Docker other ranges: "default-address-pools" and "bip" in /etc/docker/daemon.json',
      );
    for (const bridge of own)
      for (const other of others) {
        const [ofBridge, ofOther] = [bridge.cidrs.find(isIpv4), other.cidrs.find(isIpv4)];
        if (ofBridge === undefined || ofOther === undefined) continue;
        const isOverlapping =
          rangeOf([ofBridge]).has(ofOther.split('/')[0] ?? '') ||
          rangeOf([ofOther]).has(ofBridge.split('/')[0] ?? '');
        if (isOverlapping)
          return warning(
            `the bridge ${bridge.name} (${ofBridge}) has a part of the range of ${other.name} (${ofOther})`,
            'give Docker other ranges: "default-address-pools" and "bip" in /etc/docker/daemon.json',
          );
      }
    if (own.length === 0) return ok('none');
    return ok(`${own.map(it => it.name).join(', ')}: apart from other networks`);
  },
});
