import type { FoundDevice } from './found-device.ts';
import type { AddressRange } from './link.ts';
import { believableRange, isLinkLocal } from './link.ts';
import type { Question } from './question.ts';
import { deviceType, serviceType } from './question.ts';
import type { MdnsRecord } from './records.ts';

/** What one interface's responders may make us remember. */
const maxInstances = 1024;
const maxAddressesPerHost = 16;
/** A record said to be gone may be one that is being replaced: it stays this long (RFC 6762 §10.1). */
const goodbyeMs = 1000;
/** Answers to questions from a port of our own carry TTLs of at most 10 s whatever the truth (RFC 6762 §6.7). */
const minAddressLifeMs = 60_000;

interface Instance {
  name: string;
  service: { host: string; port: number } | undefined;
  sources: Set<string>;
  lastHeardMs: number;
  endsMs: number;
}

const subtypeName = deviceType.join('.');
const serviceSuffix = `.${serviceType.join('.')}`;

function instanceOf(fullName: string): string | undefined {
  const isService = fullName.toLowerCase().endsWith(serviceSuffix) && fullName.length > serviceSuffix.length;
  return isService ? fullName.slice(0, -serviceSuffix.length) : undefined;
}

/** What has been heard on one interface, IPv4 and IPv6 together. Knows time only as told. */
export class LinkView {
  readonly interface: string;
  readonly #zone: string;
  readonly #range: AddressRange;
  #revision = 0;
  readonly #instances = new Map<string, Instance>();
  /** host (lower case) → address → when it ends */
  readonly #addresses = new Map<string, Map<string, { heardMs: number; endsMs: number }>>();

  constructor(link: { interface: string; zone: string; cidrs: readonly string[] }) {
    this.interface = link.interface;
    this.#zone = link.zone;
    this.#range = believableRange(link.cidrs);
  }

  /** Another number whenever `devices` or `openQuestions` may say something new. */
  get revision(): number {
    return this.#revision;
  }

  /** Takes in one response that `source` sent. Records nobody asked for are dropped. */
  absorb(records: readonly MdnsRecord[], source: string, nowMs: number): void {
    for (const record of records) {
      switch (record.type) {
        case 'PTR':
          this.#absorbPointer(record, source, nowMs);
          break;
        case 'SRV':
          this.#absorbService(record, source, nowMs);
          break;
        case 'A':
        case 'AAAA':
          this.#absorbAddress(record, nowMs);
          break;
      }
    }
  }

  #absorbPointer(record: MdnsRecord & { type: 'PTR' }, source: string, nowMs: number): void {
    const name = instanceOf(record.target);
    if (record.name !== subtypeName || name === undefined) return;
    const known = this.#instances.get(record.target.toLowerCase());
    if (known === undefined) {
      if (record.ttl === 0 || this.#instances.size >= maxInstances) return;
      const sources = new Set([source]);
      const instance = { name, service: undefined, sources, lastHeardMs: nowMs, endsMs: Infinity };
      this.#instances.set(record.target.toLowerCase(), instance);
      this.#revision += 1;
    } else if (record.ttl === 0) known.endsMs = Math.min(known.endsMs, nowMs + goodbyeMs);
    else this.#hear(known, source, nowMs);
  }

  #absorbService(record: MdnsRecord & { type: 'SRV' }, source: string, nowMs: number): void {
    const known = this.#instances.get(record.name);
    if (known === undefined || record.ttl === 0 || record.target === '.') return;
    if (known.service?.host !== record.target || known.service.port !== record.port) this.#revision += 1;
    known.service = { host: record.target, port: record.port };
    const host = record.target.toLowerCase();
    if (!this.#addresses.has(host)) this.#addresses.set(host, new Map());
    this.#hear(known, source, nowMs);
  }

  #hear(known: Instance, source: string, nowMs: number): void {
    known.lastHeardMs = nowMs;
    known.endsMs = Infinity;
    // More than a handful of sources for one name is someone playing.
    if (known.sources.has(source) || known.sources.size >= maxAddressesPerHost) return;
    known.sources.add(source);
    this.#revision += 1;
  }

  #absorbAddress(record: MdnsRecord & { type: 'A' | 'AAAA' }, nowMs: number): void {
    const known = this.#addresses.get(record.name);
    if (known === undefined) return;
    const isIpv6 = record.type === 'AAAA';
    // Cache-flush: what was heard of this type before this very burst no longer holds (RFC 6762 §10.2).
    if (record.isFlush)
      for (const [address, { heardMs }] of known)
        if (address.includes(':') === isIpv6 && heardMs < nowMs - goodbyeMs && known.delete(address))
          this.#revision += 1;
    const zoned = isIpv6 && isLinkLocal(record.address) ? `${record.address}%${this.#zone}` : record.address;
    const lifeMs = record.ttl === 0 ? goodbyeMs : Math.max(record.ttl * 1000, minAddressLifeMs);
    if (!known.has(zoned)) {
      if (known.size >= maxAddressesPerHost || !this.#range.has(record.address)) return;
      this.#revision += 1;
    }
    known.set(zoned, { heardMs: nowMs, endsMs: nowMs + lifeMs });
  }

  /** Forgets what has ended, and with `silentMs` also devices not heard of for that long. */
  expire(nowMs: number, silentMs = Infinity): void {
    for (const [key, { endsMs, lastHeardMs }] of this.#instances)
      if ((endsMs <= nowMs || lastHeardMs + silentMs <= nowMs) && this.#instances.delete(key))
        this.#revision += 1;
    const hosts = new Set([...this.#instances.values()].map(({ service }) => service?.host.toLowerCase()));
    for (const [host, addresses] of this.#addresses) {
      if (!hosts.has(host)) this.#addresses.delete(host);
      for (const [address, { endsMs }] of addresses)
        if (endsMs <= nowMs && addresses.delete(address)) this.#revision += 1;
    }
  }

  /** The devices whose host is known. */
  devices(): FoundDevice[] {
    return [...this.#instances].flatMap(([key, { name, service, sources }]) => {
      if (service === undefined) return [];
      const addresses = this.#orderedAddresses(service.host, sources);
      return [
        {
          key: `${this.interface} ${key}`,
          instance: name,
          ...service,
          addresses,
          interfaces: [this.interface],
        },
      ];
    });
  }

  #orderedAddresses(host: string, sources: ReadonlySet<string>): string[] {
    const zoned = [...sources].map(source => (isLinkLocal(source) ? `${source}%${this.#zone}` : source));
    const told = [...(this.#addresses.get(host.toLowerCase())?.keys() ?? [])];
    const rank = (address: string): number =>
      (address.includes(':') ? 4 : 0) + (zoned.includes(address) ? 0 : 2) + (address.includes('%') ? 1 : 0);
    return (told.length > 0 ? told : zoned).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  }

  /** What is not known yet of the instances heard of, and with `silentMs` whether those not heard of for so long live. */
  openQuestions(nowMs = 0, silentMs = Infinity): Question[] {
    return [...this.#instances.values()].flatMap(({ name, service, lastHeardMs }): Question[] => {
      if (service === undefined || lastHeardMs + silentMs <= nowMs)
        return [{ labels: [name, ...serviceType], type: 'SRV' }];
      if ((this.#addresses.get(service.host.toLowerCase())?.size ?? 0) > 0) return [];
      const labels = service.host.split('.');
      return [
        { labels, type: 'A' },
        { labels, type: 'AAAA' },
      ];
    });
  }
}
