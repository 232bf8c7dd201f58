/** Plans the commands that add or remove a connection on a device, and those that undo it. */
import { shellQuote } from '../../core/shell-quote.ts';
import { bootConnections, isEngineInterface, stateConnections, type LiveConnection } from './connections.ts';

/** Reloads the profiles and reactivates the connections that were active before. */
export const restoreCommands = (live: readonly LiveConnection[]): readonly string[] => [
  'nmcli connection reload >/dev/null 2>&1',
  ...live
    .filter(({ interfaceName }) => !isEngineInterface(interfaceName))
    .map(
      ({ uuid, interfaceName }) =>
        `nmcli --wait 15 connection up uuid ${shellQuote(uuid)} ifname ${shellQuote(interfaceName)} >/dev/null 2>&1`,
    ),
];

export const profilePlaces = (name: string): readonly string[] => [
  `${bootConnections}/${name}`,
  `${stateConnections}/${name}`,
];

/** A profile contains secrets: NetworkManager skips files that others may read. */
export const profileMode = 0o600;

/** File with the outcome of a detached nmcli command: its exit status, then its output. */
const outcomeFile = (id: string): string => `/run/os-network-${id}`;

/**
 * Runs a line of nmcli by PID 1, outside of the session, whose connection it may cut; a second later, so that the
 * answer to this line arrives.
 */
export const detached = (id: string, line: string): string =>
  `systemd-run --quiet --unit=os-network-${id} /bin/sh -c ${shellQuote(
    `sleep 1; said=$(${line} 2>&1); printf '%d\\n%s\\n' $? "$said" >${outcomeFile(id)}.new; mv ${outcomeFile(id)}.new ${outcomeFile(id)}`,
  )}`;

/** Prints the outcome once there is one; fails before. */
export const readOutcome = (id: string): string => `cat ${outcomeFile(id)} 2>/dev/null`;

/** An outcome that was read is of no use any more. Those of other runs are theirs. */
export const removeOutcome = (id: string): string => `rm -f ${outcomeFile(id)}`;
