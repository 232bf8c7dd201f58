import { sanitizeLine } from '../../core/sanitize.ts';
import type { Connection } from '../../host/network/connections.ts';
import type { Output } from '../output.ts';
import { renderTable, type Rendered } from '../answers/rendered.ts';

function placeOf({ isGenerated, isIgnored, isOnBoot, isInState }: Connection): string {
  if (isGenerated) return 'made by the OS';
  if (isIgnored) return 'ignored';
  return isOnBoot ? (isInState ? 'boot and state' : 'boot, from the next boot on') : 'state alone';
}

function addressOf({ facts }: Connection): string {
  if (facts === null) return '';
  return facts.addresses.length > 0 ? facts.addresses.join(', ') : facts.ipv4;
}

/** A table of connections. */
export function renderConnections(
  {
    device,
    image,
    connections,
  }: {
    readonly device: string | null;
    readonly image: string | null;
    readonly connections: readonly Connection[];
  },
  output: Output,
): Rendered {
  if (connections.length === 0)
    return { text: `${sanitizeLine(device ?? image ?? '')} has no connections\n`, notes: [] };
  const rows = connections.map(it => [
    ...[
      it.name,
      it.facts?.kind ?? (it.isGenerated ? '' : 'not a profile'),
      it.facts?.ssid ?? '',
      addressOf(it),
    ].map(sanitizeLine),
    it.activeOn === null ? '' : `on ${sanitizeLine(it.activeOn)}`,
    placeOf(it),
  ]);
  return renderTable(['NAME', 'KIND', 'NETWORK', 'ADDRESS', 'ACTIVE', 'STORED'], rows, output);
}

export const renderProfileText = ({ text }: { readonly text: string }): string =>
  text.split('\n').map(sanitizeLine).join('\n');

interface Changed {
  /** The device, or the image. */
  readonly device: string | null;
  readonly image: string | null;
  readonly name: string;
  readonly activeOn: string | null;
  readonly problem: string | null;
  readonly reachedAt: string | null;
}

/** Renders the result of a change to a connection, one fact a line. */
export const renderNetworkChanged =
  (verb: 'added' | 'removed') =>
  ({ device, image, name, activeOn, problem, reachedAt }: Changed): string =>
    [
      `${sanitizeLine(name)} is ${verb} ${verb === 'added' ? 'to' : 'from'} ${sanitizeLine(device ?? image ?? '')}\n`,
      activeOn === null ? '' : `it is active on ${sanitizeLine(activeOn)}\n`,
      problem === null ? '' : `it is not active: ${sanitizeLine(problem)}\n`,
      reachedAt === null ? '' : `the device is reached at ${sanitizeLine(reachedAt)}\n`,
    ].join('');
