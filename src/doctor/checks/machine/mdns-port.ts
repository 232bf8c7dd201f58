import { machineCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

interface Input {
  /** /proc/net/udp and udp6; undefined where there are none. */
  readonly sockets: string | undefined;
  readonly holders: ReadonlyMap<string, readonly string[]>;
  /** The errno of the failure to share the port. */
  readonly failure: string | null;
}

/** Inodes of the sockets that are bound to port 5353 (0x14E9) in the text of /proc/net/udp. */
const inodesOf = (sockets: string): string[] =>
  [...sockets.matchAll(/^\s*\d+: [0-9A-F]+:14E9 .*$/gm)].flatMap(
    ([line]) => line.trim().split(/\s+/)[9] ?? [],
  );

/** Finds the programs that hold the port of multicast DNS, and checks that it can be shared. */
export const mdnsPort = machineCheck({
  id: 'mdns-port',
  title: 'port 5353',
  read: async (machine): Promise<Input> => {
    const [udp, udp6, failure] = await Promise.all([
      machine.readText('/proc/net/udp'),
      machine.readText('/proc/net/udp6'),
      machine.tryMdnsPort(),
    ]);
    const sockets = udp === undefined ? undefined : `${udp}\n${udp6 ?? ''}`;
    const isHeld = sockets !== undefined && inodesOf(sockets).length > 0;
    return { sockets, failure, holders: isHeld ? (await machine.readOpenFiles()).socketHolders : new Map() };
  },
  judge: ({ sockets, holders, failure }: Input) => {
    const inodes = inodesOf(sockets ?? '');
    const names = [...new Set(inodes.flatMap(inode => holders.get(inode) ?? []))];
    const held =
      names.length > 0 ? `held by ${names.join(', ')}` : inodes.length > 0 ? 'held by somebody' : 'free';
    if (failure === null) return ok(inodes.length > 0 ? `${held}, and shared` : held);
    return warning(
      `${held}, and cannot be shared (${failure}): answers that come by multicast alone are not heard`,
      names.length > 0
        ? `stop ${names.join(', ')}, or have it share the port`
        : 'find who holds UDP port 5353 and stop it',
    );
  },
});
