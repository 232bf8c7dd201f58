import type { Socket } from 'node:dgram';
import { mdnsPort } from '../../net/ports.ts';
import type { AddressRange } from '../../net/address-range.ts';
import type { Link } from './link.ts';
import type { MdnsRecord } from './records.ts';
import type { Question } from './question.ts';

/**
 * Source port of a channel's queries (RFC 6762 §5.1 and §5.2). `unicast`: an ephemeral port; responders answer that
 * port immediately, but a stateful firewall may drop the answers. `multicast`: port 5353, which firewalls let through
 * and which also receives announcements and goodbyes, but another program may have bound it exclusively.
 */
export type ChannelMode = 'unicast' | 'multicast';

/** One socket on one link, both ways. Failures go to its handlers; nothing here throws. */
export interface Channel extends AsyncDisposable {
  readonly link: Link;
  readonly mode: ChannelMode;
  ask(questions: readonly Question[]): void;
}

export interface ChannelHandlers {
  /** `source` is the responder's address, without zone. */
  onRecords(records: MdnsRecord[], source: string): void;
  onSent(): void;
  onFailure(error: NodeJS.ErrnoException): void;
}

/** The machine's network as discovery uses it. */
export interface Network {
  listLinks(): Link[];
  /** The addresses that lead to this machine itself. */
  readOwnAddresses(): AddressRange;
  openChannel(link: Link, mode: ChannelMode, handlers: ChannelHandlers): Promise<Channel>;
}

export const mdnsGroups = { 4: '224.0.0.251', 6: 'ff02::fb' } as const;

/** Binds `socket` as `mode` demands and points its multicast at `link`. Throws errno errors. */
export async function attachSocket(socket: Socket, link: Link, mode: ChannelMode): Promise<void> {
  const isMulticast = mode === 'multicast';
  const any = link.family === 4 ? '0.0.0.0' : '::';
  // An ephemeral port receives only answers to its own questions, so the link they came by is certain.
  const address = isMulticast || link.family === 6 ? any : link.address;
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port: isMulticast ? mdnsPort : 0, address }, () => {
      socket.removeListener('error', reject);
      resolve();
    });
  });
  const outward = link.family === 4 ? link.address : `::%${link.zone}`;
  if (isMulticast) socket.addMembership(mdnsGroups[link.family], outward);
  socket.setMulticastInterface(outward);
  socket.setMulticastTTL(255);
}
