// Carries IPv4 mDNS between two links and loses some of it. Arguments: laptop side's own address/24, device side's, and
// the share to lose in each direction. The losses are the same in every run.
import type { RemoteInfo, Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';

const group = '224.0.0.251';
const port = 5353;
const [laptopSide = '', deviceSide = '', lossText = '0'] = process.argv.slice(2);
const loss = Number(lossText);

/** mulberry32 */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const toDevices = randomFrom(7);
const toLaptop = randomFrom(11);
const subnetOf = (address: string): string => address.split('.').slice(0, 3).join('.');

function join(side: string): Socket {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.bind(port, '0.0.0.0', () => {
    socket.addMembership(group, side);
    socket.setMulticastInterface(side);
    socket.setMulticastTTL(255);
  });
  return socket;
}

const laptop = join(laptopSide);
const devices = join(deviceSide);
const clients = new Map<string, Socket>();

/** The socket that asks the devices in the name of one of the laptop's own ports. */
function clientFor({ address, port: ownPort }: RemoteInfo): Socket {
  const key = `${address} ${ownPort.toString()}`;
  const known = clients.get(key);
  if (known !== undefined) return known;
  const socket = createSocket('udp4');
  socket.bind(0, deviceSide, () => socket.setMulticastInterface(deviceSide));
  socket.on('message', answer => {
    if (toLaptop() >= loss) laptop.send(answer, ownPort, address);
  });
  clients.set(key, socket);
  return socket;
}

laptop.on('message', (message, source) => {
  if (source.address === laptopSide || subnetOf(source.address) !== subnetOf(laptopSide)) return;
  if (toDevices() < loss) return;
  (source.port === port ? devices : clientFor(source)).send(message, port, group);
});
devices.on('message', (message, source) => {
  if (source.address === deviceSide || subnetOf(source.address) !== subnetOf(deviceSide)) return;
  if (toLaptop() >= loss) laptop.send(message, port, group);
});
laptop.on('listening', () => process.stdout.write('ready\n'));
