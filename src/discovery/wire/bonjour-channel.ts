/**
 * The only import of bonjour-service. One instance per link and mode, each with its own socket, because the library's
 * socket queries only the default interface, does not support IPv6 and throws when port 5353 is taken. Its browser is
 * not used: it queries once, expects the SRV record in the same packet as the PTR and cuts instance names at their
 * first dot.
 */
import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { rangeOf, type AddressRange } from '../../net/address-range.ts';
import { mdnsPort } from '../../net/ports.ts';
import { readOwnAddresses } from '../../net/own-addresses.ts';
import type { Channel, ChannelHandlers, ChannelMode, Network } from './channel.ts';
import { attachSocket, mdnsGroups } from './channel.ts';
import type { Link } from './link.ts';
import { listLinks } from './link.ts';
import type { Question } from './question.ts';
import { encodeQuery } from './question.ts';
import { readRecords } from './records.ts';

type Source = Readonly<{ readonly address: string; readonly port: number }>;
type OnSent = (error?: Error | null) => void;

/** The part of multicast-dns, which has no types, that is used here. */
interface MulticastDns {
  on(event: 'response', listener: (packet: unknown, source: Source) => void): void;
  on(event: 'error' | 'warning', listener: (error: Error) => void): void;
  query(
    packet: { readonly questions: { readonly name: string; readonly type: string }[] },
    onSent: OnSent,
  ): void;
}

async function openBonjour(
  socket: Socket,
  link: Link,
): Promise<{ readonly mdns: MulticastDns; readonly close: () => Promise<void> }> {
  const { default: Bonjour } = await import('bonjour-service');
  const ip = link.family === 4 ? mdnsGroups[4] : `${mdnsGroups[6]}%${link.zone}`;
  const options = {
    socket,
    type: `udp${link.family.toString()}`,
    ip,
    interface: link.address,
    bind: false,
    multicast: false,
  };
  const bonjour = new Bonjour(options, () => undefined);
  const { mdns } = (bonjour as unknown as { readonly server: { readonly mdns: MulticastDns } }).server;
  return { mdns, close: () => new Promise(resolve => bonjour.destroy(resolve)) };
}

/**
 * Port 5353 receives from every link: true if `source` belongs to `link`, or to no link at all and `link` is the first
 * one.
 */
function isFrom(link: Link, linkRange: AddressRange, address: string, zone: string | undefined): boolean {
  if (zone !== undefined) return zone === link.zone;
  if (linkRange.has(address)) return true;
  const others = listLinks().filter(({ family }) => family === link.family);
  const isElsewhere = rangeOf(others.flatMap(({ cidrs }) => cidrs)).has(address);
  return others[0]?.interface === link.interface && !isElsewhere;
}

async function openChannel(link: Link, mode: ChannelMode, handlers: ChannelHandlers): Promise<Channel> {
  const socket = createSocket({
    type: link.family === 4 ? 'udp4' : 'udp6',
    reuseAddr: mode === 'multicast',
    ipv6Only: link.family === 6,
  });
  const { mdns, close } = await openBonjour(socket, link);
  const linkRange = rangeOf(link.cidrs);
  const onFailure = (error: unknown): void => {
    // An error that no system call reported is a packet that cannot be decoded: the sender's fault, not a failure here.
    if (error instanceof Error && 'syscall' in error) handlers.onFailure(error as NodeJS.ErrnoException);
  };
  const onSent: OnSent = error => {
    if (error) onFailure(error);
    else handlers.onSent();
  };
  mdns.on('error', onFailure);
  mdns.on('warning', onFailure);
  mdns.on('response', (packet, source) => {
    const [address = '', zone] = source.address.split('%');
    // RFC 6762 §6: responses come from port 5353, whatever port the query came from.
    if (source.port !== mdnsPort) return;
    if (mode === 'multicast' && !isFrom(link, linkRange, address, zone)) return;
    handlers.onRecords(readRecords(packet), address);
  });
  let attachFailure: unknown;
  let isOpen = true;
  try {
    await attachSocket(socket, link, mode);
  } catch (error) {
    attachFailure = error;
  }
  const group = link.family === 4 ? mdnsGroups[4] : `${mdnsGroups[6]}%${link.zone}`;
  return {
    link,
    mode,
    ask(questions: readonly Question[]) {
      if (attachFailure !== undefined) onFailure(attachFailure);
      if (!isOpen || attachFailure !== undefined) return;
      // The library's encoder splits labels at their dots.
      const isDotted = questions.some(({ labels }) => labels.some(label => label.includes('.')));
      if (isDotted) socket.send(encodeQuery(questions), mdnsPort, group, onSent);
      else
        mdns.query(
          { questions: questions.map(({ labels, type }) => ({ name: labels.join('.'), type })) },
          onSent,
        );
    },
    async [Symbol.asyncDispose]() {
      isOpen = false;
      await close();
    },
  };
}

export const systemNetwork: Network = { listLinks, readOwnAddresses, openChannel };
