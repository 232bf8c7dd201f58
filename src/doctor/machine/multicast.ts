import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { errnoOf } from '../../core/errors.ts';
import { zoneOf } from '../../net/address-range.ts';
import { mdnsPort } from '../../net/ports.ts';
import type { MulticastTest } from './machine.ts';

/** A DNS message without a question: nobody answers it. */
const emptyMessage = Buffer.alloc(12);
const groups = { IPv4: '224.0.0.251', IPv6: 'ff02::fb' } as const;

const send = (socket: Socket, group: string): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.send(emptyMessage, mdnsPort, group, error => {
      if (error) reject(error);
      else resolve();
    });
  });

interface Tested {
  readonly name: string;
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly zone: string;
}

async function testAddress({ name, address, family, zone }: Tested): Promise<MulticastTest> {
  const socket = createSocket({ type: family === 'IPv4' ? 'udp4' : 'udp6' });
  const found = { interface: name, address };
  try {
    socket.on('error', () => undefined);
    socket.bind(0, address);
    await once(socket, 'listening');
    socket.setMulticastInterface(family === 'IPv4' ? address : `::%${zone}`);
    await send(socket, family === 'IPv4' ? groups.IPv4 : `${groups.IPv6}%${zone}`);
    return { ...found, failure: null };
  } catch (error) {
    return { ...found, failure: errnoOf(error) ?? 'failed' };
  } finally {
    socket.close();
  }
}

/** Sends an empty question from the first address of each family of every interface. */
export function testMulticast(): Promise<MulticastTest[]> {
  const tests = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
    const usable = addresses.filter(({ internal }) => !internal);
    const v4 = usable.find(({ family }) => family === 'IPv4');
    const v6 = usable.find(({ family, scopeid }) => family === 'IPv6' && scopeid !== 0);
    const zone = zoneOf(name, v6?.scopeid);
    return [
      ...(v4 === undefined ? [] : [testAddress({ name, address: v4.address, family: 'IPv4', zone })]),
      ...(v6 === undefined
        ? []
        : [testAddress({ name, address: `${v6.address}%${zone}`, family: 'IPv6', zone })]),
    ];
  });
  return Promise.all(tests);
}

/** The errno of the failure to listen on port 5353 beside others; null where that works. */
export async function tryMdnsPort(): Promise<string | null> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    socket.bind(mdnsPort);
    await once(socket, 'listening');
    return null;
  } catch (error) {
    return errnoOf(error) ?? 'failed';
  } finally {
    try {
      socket.close();
    } catch {
      // A socket that could not be bound is closed.
    }
  }
}
