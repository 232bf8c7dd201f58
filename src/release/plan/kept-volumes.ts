import path from 'node:path';
import type { ContainerBody } from '../../engine/container-body.ts';
import type { ContainerSummary } from '../../engine/objects.ts';
import type { KeptVolume } from './plan-report.ts';

const normal = (place: string): string => path.posix.normalize(place).replace(/(?<=.)\/$/, '');

/** Where the body says itself what is mounted. */
function mountedPlaces({ HostConfig }: ContainerBody): Set<string> {
  const { Binds = [], Mounts = [], Tmpfs = {} } = HostConfig;
  const places = [
    ...Binds.map(bind => bind.split(':')[1] ?? ''),
    ...Mounts.map(({ Target }) => Target),
    ...Object.keys(Tmpfs),
  ];
  return new Set(places.map(normal));
}

/**
 * The anonymous volumes of the old container that the new one takes over, as in docker compose: those at places where the
 * service or its image has a volume without a name. `imageVolumes`: undefined while the image is still to be made.
 */
export function findKeptVolumes(
  old: Pick<ContainerSummary, 'mounts'>,
  body: ContainerBody,
  imageVolumes: readonly string[] | undefined,
): KeptVolume[] {
  const mounted = mountedPlaces(body);
  const own = Object.keys(body['Volumes'] ?? {});
  const nameless = imageVolumes && new Set([...own, ...imageVolumes].map(normal));
  return old.mounts.flatMap(({ type, name, destination }) => {
    // Docker names anonymous volumes by 64 hex digits.
    const isAnonymous = type === 'volume' && name !== null && /^[0-9a-f]{64}$/.test(name);
    const place = normal(destination);
    return isAnonymous && !mounted.has(place) && nameless?.has(place) !== false
      ? [{ name, destination }]
      : [];
  });
}
