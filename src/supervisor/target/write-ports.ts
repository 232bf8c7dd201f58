import type { PortMapping } from '../../project/ports.ts';
import type { Remarks } from './remarks.ts';

/** Writes ports in the short form: a long or numeric one makes the supervisor recreate the container endlessly. */
export function writePorts(ports: readonly PortMapping[], remarks: Remarks): string[] {
  return ports.flatMap(port => {
    const { target, published, hostIp, protocol } = port;
    const inside = target.toString();
    if (hostIp?.includes(':') === true) {
      remarks.refuse(
        'ports',
        `[${hostIp}]:${inside}: the supervisor never applies a port of an IPv6 address`,
      );
      return [];
    }
    if (published?.includes('-') === true) {
      remarks.refuse('ports', `${published}:${inside}: the supervisor can't choose from a range of ports`);
      return [];
    }
    if (protocol === 'sctp') {
      remarks.refuse('ports', `${inside}/sctp: the supervisor publishes ports of tcp and udp alone`);
      return [];
    }
    if (published === undefined)
      remarks.warn(
        'ports',
        `${inside}: the supervisor publishes port ${inside} of the device, not a free one`,
      );
    const address = hostIp === undefined ? '' : `${hostIp}:`;
    return [`${address}${published ?? inside}:${inside}${protocol === 'tcp' ? '' : `/${protocol}`}`];
  });
}
