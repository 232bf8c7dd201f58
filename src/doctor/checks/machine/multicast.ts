import { machineCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';
import type { MulticastTest, NetworkInterface } from '../../machine/machine.ts';

interface Input {
  readonly tests: readonly MulticastTest[];
  readonly interfaces: readonly NetworkInterface[];
}

const reasons: Readonly<Record<string, string>> = {
  EPERM: 'a firewall of this machine drops it',
  EACCES: 'it is not permitted',
  ENETUNREACH: 'no route leads to multicast addresses',
  EHOSTUNREACH: 'a route refuses multicast addresses',
  ENETDOWN: 'the interface is down',
  EADDRNOTAVAIL: 'the interface takes no multicast',
};

/** Checks that multicast DNS queries leave this machine, on each interface. */
export const multicast = machineCheck({
  id: 'multicast',
  title: 'multicast',
  read: async (machine): Promise<Input> => ({
    tests: await machine.testMulticast(),
    interfaces: await machine.readInterfaces(),
  }),
  judge: ({ tests, interfaces }: Input) => {
    const without = interfaces.filter(it => it.isUp && !it.isLoopback && it.isMulticast === false);
    const failing = tests.filter(it => it.failure !== null);
    const names = [...new Set(tests.filter(it => it.failure === null).map(it => it.interface))];
    const why = failing.map(
      it => `${it.interface} ${it.address}: ${reasons[it.failure ?? ''] ?? it.failure ?? ''}`,
    );
    if (tests.length > 0 && names.length === 0)
      return warning(
        `no question can be sent: ${why.join('; ')}`,
        'devices are found with `os scan --subnet CIDR`, or named by their address',
      );
    if (why.length > 0)
      return warning(
        `${names.join(', ')} can; ${why.join('; ')}`,
        'a device behind that interface is found with `os scan --subnet CIDR`, or by its address',
      );
    const silent = without.map(it => it.name);
    return ok(
      `questions leave on ${names.join(', ') || 'no interface'}${silent.length > 0 ? `; ${silent.join(', ')} takes no multicast` : ''}`,
    );
  },
});
