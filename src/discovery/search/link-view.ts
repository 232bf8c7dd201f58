import type { Mutable } from '../../core/mutable.ts';
import type { AddressRange } from '../../net/address-range.ts';
import type { FoundDevice } from '../found-device.ts';
import { goodbyeMs, HostAddresses } from './host-addresses.ts';
import type { Question } from '../wire/question.ts';
import { deviceType, serviceType } from '../wire/question.ts';
import type { MdnsRecord } from '../wire/records.ts';

/** Limits on the memory that one interface's responders can occupy. */
const maxInstances = 1024;
/** Upper limit of sources for one name; a real name has a handful. */
const maxSources = 16;

type Instance = Mutable<{
  readonly name: string;
  readonly service: { readonly host: string; readonly port: number } | undefined;
  readonly sources: Set<string>;
  readonly lastHeardMs: number;
  readonly endsMs: number;
}>;

const subtypeName = deviceType.join('.');
const serviceSuffix = `.${serviceType.join('.')}`;

function instanceOf(fullName: string): string | undefined {
  const isService = fullName.toLowerCase().endsWith(serviceSuffix) && fullName.length > serviceSuffix.length;
  return isService ? fullName.slice(0, -serviceSuffix.length) : undefined;
}

/** Records received on one interface, IPv4 and IPv6 together. Takes the time as an argument. */
export class LinkView {
  readonly interface: string;
  #revision = 0;
  readonly #instances = new Map<string, Instance>();
  readonly #addresses: HostAddresses;

  constructor(
    link: { readonly interface: string; readonly zone: string; readonly cidrs: readonly string[] },
    readOwn: () => AddressRange,
  ) {
    this.interface = link.interface;
    this.#addresses = new HostAddresses(link, readOwn);
  }

  /** A number that changes whenever `devices` or `openQuestions` may have changed. */
  get revision(): number {
    return this.#revision;
  }

  /** Adds one response that `source` sent. Drops records that no question was sent for. */
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
          if (this.#addresses.absorb(record, nowMs)) this.#revision += 1;
          break;
      }
    }
  }

  #absorbPointer(record: MdnsRecord & { readonly type: 'PTR' }, source: string, nowMs: number): void {
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
    else this.#markSeen(known, source, nowMs);
  }

  #absorbService(record: MdnsRecord & { readonly type: 'SRV' }, source: string, nowMs: number): void {
    const known = this.#instances.get(record.name);
    if (known === undefined || record.ttl === 0 || record.target === '.') return;
    if (known.service?.host !== record.target || known.service.port !== record.port) this.#revision += 1;
    known.service = { host: record.target, port: record.port };
    this.#addresses.track(record.target);
    this.#markSeen(known, source, nowMs);
  }

  #markSeen(known: Instance, source: string, nowMs: number): void {
    known.lastHeardMs = nowMs;
    known.endsMs = Infinity;
    if (known.sources.has(source) || known.sources.size >= maxSources) return;
    known.sources.add(source);
    this.#revision += 1;
  }

  /** Removes expired records, and with `silentMs` also devices that have been silent for that long. */
  expire(nowMs: number, silentMs = Infinity): void {
    for (const [key, { endsMs, lastHeardMs }] of this.#instances)
      if ((endsMs <= nowMs || lastHeardMs + silentMs <= nowMs) && this.#instances.delete(key))
        this.#revision += 1;
    const hosts = [...this.#instances.values()].flatMap(({ service }) => service?.host.toLowerCase() ?? []);
    this.#addresses.retain(new Set(hosts));
    if (this.#addresses.expire(nowMs)) this.#revision += 1;
  }

  /** The devices whose host is known and that have an address to dial. */
  devices(): FoundDevice[] {
    return [...this.#instances].flatMap(([key, { name, service, sources }]) => {
      if (service === undefined) return [];
      const addresses = this.#addresses.ordered(service.host, sources);
      if (addresses.length === 0) return [];
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

  /**
   * Returns the questions for missing records of known instances, and with `silentMs` also those that check whether
   * silent instances still exist.
   */
  openQuestions(nowMs = 0, silentMs = Infinity): Question[] {
    return [...this.#instances.values()].flatMap(({ name, service, lastHeardMs }): Question[] => {
      if (service === undefined || lastHeardMs + silentMs <= nowMs)
        return [{ labels: [name, ...serviceType], type: 'SRV' }];
      if (this.#addresses.hasAnswer(service.host)) return [];
      const labels = service.host.split('.');
      return [
        { labels, type: 'A' },
        { labels, type: 'AAAA' },
      ];
    });
  }
}
