import { OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';
import type { ContainerSummary } from '../engine/objects.ts';

/** The network in which a container's ports are. */
export type ServicePlace =
  /** The device's own network: `network_mode: host`. */
  | { readonly kind: 'host' }
  /** A network of its own, with addresses that the host reaches; `id` is the container whose network it is. */
  | { readonly kind: 'addresses'; readonly addresses: readonly string[]; readonly id: string }
  /** A network of its own without addresses. */
  | { readonly kind: 'namespace'; readonly id: string };

const containerMode = 'container:';

/**
 * Finds the network that a container's ports are in; a container that shares another one's network has none of its own.
 * Throws OsError `service-failed` if that other one is gone.
 */
export function findServicePlace(
  container: ContainerSummary,
  all: readonly ContainerSummary[],
  seen: readonly string[] = [],
): ServicePlace {
  const { id, networkMode, addresses } = container;
  if (networkMode === 'host') return { kind: 'host' };
  if (networkMode.startsWith(containerMode)) {
    const named = networkMode.slice(containerMode.length);
    const other = all.find(it => it.id === named || it.name === named);
    if (other === undefined || seen.includes(other.id))
      throw new OsError(
        'service-failed',
        `${sanitizeLine(container.name)} uses the network of a container that is gone`,
        { hint: 'push the project again' },
      );
    return findServicePlace(other, all, [...seen, id]);
  }
  return addresses.length > 0 ? { kind: 'addresses', addresses, id } : { kind: 'namespace', id };
}

/** The port at which a device publishes a TCP port of a container on its network; undefined where it does not. */
export function findPublishedPort(
  { networkMode, ports }: Pick<ContainerSummary, 'networkMode' | 'ports'>,
  port: number,
): number | undefined {
  if (networkMode === 'host') return port;
  const isReachable = (address: string | null): boolean =>
    address !== '::1' && address?.startsWith('127.') !== true;
  return (
    ports.find(
      it =>
        it.privatePort === port && it.publicPort !== null && it.protocol === 'tcp' && isReachable(it.address),
    )?.publicPort ?? undefined
  );
}
