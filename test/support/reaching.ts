import { OsError } from '../../src/core/errors.ts';
import type { BrowsedDevice, Candidate, EmulatedDevice, Lookup } from '../../src/device/candidate.ts';
import type { KnownDevice } from '../../src/device/known-devices.ts';
import { PortFailure } from '../../src/net/tcp.ts';
import { reachDevice } from '../../src/device/reach-device.ts';
import { parseTarget } from '../../src/device/target.ts';
import { identityOf } from './identity.ts';

export const uuidA = '63ec46ce2ff94b1a8e5d9d6d0dd5d2a1';
export const uuidB = '63ecffff2ff94b1a8e5d9d6d0dd5d2a1';
export const never = new AbortController().signal;

export const knownDevice = (over: Partial<KnownDevice>): KnownDevice => ({
  uuid: uuidA,
  host: '63ec46c.local',
  addresses: ['10.0.0.5'],
  identity: null,
  lastSeen: '2026-01-01T00:00:00.000Z',
  ...over,
});

export const browsed = (host: string, address: string, uuid: string | null): BrowsedDevice => ({
  host,
  addresses: [address],
  identity: identityOf(uuid, null),
});

/** A network described by data; what the description lacks fails the test that asks for it. */
export function fakeLookup(network: {
  known?: KnownDevice[];
  mdns?: Record<string, string[]>;
  browse?: BrowsedDevice[];
  dns?: Record<string, string[]>;
  own?: string[];
  emulated?: EmulatedDevice[];
}): Lookup {
  return {
    known: { list: () => Promise.resolve(network.known ?? []) },
    async *resolveMdns(host) {
      await Promise.resolve();
      yield* network.mdns?.[host] ?? [];
    },
    resolveDns: host => Promise.resolve(network.dns?.[host] ?? []),
    browse: () => {
      if (network.browse === undefined) throw new Error('this test browses nothing');
      return Promise.resolve(network.browse);
    },
    isOwnAddress: address => network.own?.includes(address) === true,
    findEmulated: name => Promise.resolve(network.emulated?.find(one => one.name === name)),
  };
}

export interface Dialled {
  tried: string[];
  disposed: string[];
  reach: (text: string) => Promise<Candidate>;
}

/** Dials that succeed at the addresses in `alive`; elsewhere the given failure, else "refused". */
export function dialler(lookup: Lookup, alive: string[], failures: Record<string, Error> = {}): Dialled {
  const tried: string[] = [];
  const disposed: string[] = [];
  return {
    tried,
    disposed,
    reach: async text => {
      const { candidate } = await reachDevice({
        target: parseTarget(text),
        lookup,
        signal: never,
        dial: async ({ address }) => {
          await Promise.resolve();
          tried.push(address);
          if (alive.includes(address)) return address;
          throw failures[address] ?? new PortFailure({ address, port: 22222, outcome: 'refused' });
        },
        dispose: address => {
          disposed.push(address);
          return Promise.resolve();
        },
      });
      return candidate;
    },
  };
}

export const isCode =
  (code: string, text: RegExp): ((error: unknown) => boolean) =>
  error =>
    error instanceof OsError && error.code === code && text.test(error.message);
