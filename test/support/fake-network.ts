import type { ChannelHandlers, ChannelMode, Network } from '../../src/discovery/wire/channel.ts';
import { rangeOf, type AddressRange } from '../../src/net/address-range.ts';
import type { Link } from '../../src/discovery/wire/link.ts';
import type { Question } from '../../src/discovery/wire/question.ts';
import { deviceType, serviceType } from '../../src/discovery/wire/question.ts';
import type { MdnsRecord } from '../../src/discovery/wire/records.ts';

/** An IPv4 link 10.0.`net`.0/24. */
export const ipv4Link = (name: string, net = 0): Link => ({
  interface: name,
  family: 4,
  address: `10.0.${net.toString()}.1`,
  cidrs: [`10.0.${net.toString()}.1/24`],
  zone: name,
});

interface OpenChannel {
  link: Link;
  mode: ChannelMode;
  handlers: ChannelHandlers;
}

/** A network in memory: notes what is asked, says what a test makes it say. */
export class FakeNetwork implements Network {
  links: Link[];
  /** CIDRs of addresses that lead to the machine itself, besides those of its links. */
  own: string[] = [];
  readonly open: OpenChannel[] = [];
  /** `TYPE name` of every question, as asked. */
  readonly asked: string[] = [];
  /** Makes sending fail with an errno where it returns one. */
  failure: (link: Link, mode: ChannelMode) => string | undefined = () => undefined;
  /** Answers a question; what it returns is delivered at once. */
  answer: (question: Question, link: Link, mode: ChannelMode) => MdnsRecord[] = () => [];

  constructor(...links: Link[]) {
    this.links = links;
  }

  listLinks(): Link[] {
    return this.links;
  }

  readOwnAddresses(): AddressRange {
    return rangeOf([
      ...this.links.map(({ address }) => `${address}/${address.includes(':') ? '128' : '32'}`),
      ...this.own,
    ]);
  }

  openChannel(link: Link, mode: ChannelMode, handlers: ChannelHandlers): ReturnType<Network['openChannel']> {
    const channel: OpenChannel = { link, mode, handlers };
    this.open.push(channel);
    return Promise.resolve({
      link,
      mode,
      ask: questions => {
        this.asked.push(...questions.map(({ labels, type }) => `${type} ${labels.join('.')}`));
        const code = this.failure(link, mode);
        if (code !== undefined) handlers.onFailure(Object.assign(new Error(code), { code }));
        else handlers.onSent();
        const records = questions.flatMap(question => this.answer(question, link, mode));
        if (code === undefined && records.length > 0) handlers.onRecords(records, '10.0.0.99');
      },
      [Symbol.asyncDispose]: () => {
        this.open.splice(this.open.indexOf(channel), 1);
        return Promise.resolve();
      },
    });
  }

  /** Delivers `records` on every open channel of `link`. */
  say(link: Link, records: MdnsRecord[], source = '10.0.0.99'): void {
    for (const { handlers, link: of } of this.open) if (of === link) handlers.onRecords(records, source);
  }
}

const service = (instance: string): string => [instance, ...serviceType].join('.');

export const pointer = (instance: string, ttl = 4500): MdnsRecord => ({
  type: 'PTR',
  name: deviceType.join('.'),
  ttl,
  target: service(instance),
});

export const srv = (instance: string, host = `${instance}.local`): MdnsRecord => ({
  type: 'SRV',
  name: service(instance).toLowerCase(),
  ttl: 120,
  target: host,
  port: 22222,
});

export const addressOf = (host: string, address: string, isFlush = true): MdnsRecord => ({
  type: address.includes(':') ? 'AAAA' : 'A',
  name: host,
  ttl: 120,
  address,
  isFlush,
});

/** All a device says when asked. */
export const deviceRecords = (instance: string, address: string): MdnsRecord[] => [
  pointer(instance),
  srv(instance),
  addressOf(`${instance}.local`, address),
];
