import type { DiscoveryEvent, FoundDevice } from '../found-device.ts';

const isSame = (a: FoundDevice, b: FoundDevice): boolean =>
  a.host === b.host && a.port === b.port && a.addresses.join() === b.addresses.join();

/** The events that lead from `before` (by key) to `after`. */
export function planEvents(
  before: ReadonlyMap<string, FoundDevice>,
  after: readonly FoundDevice[],
): DiscoveryEvent[] {
  const remaining = new Set(after.map(({ key }) => key));
  const lost = [...before.values()].filter(({ key }) => !remaining.has(key));
  return [
    ...lost.map((device): DiscoveryEvent => ({ type: 'lost', device })),
    ...after.flatMap((device): DiscoveryEvent[] => {
      const known = before.get(device.key);
      if (known === undefined) return [{ type: 'found', device }];
      return isSame(known, device) ? [] : [{ type: 'changed', device }];
    }),
  ];
}
