import { isLinkLocal, rangeOf, type AddressRange } from '../../net/address-range.ts';
import { believableRange } from '../wire/link.ts';
import type { MdnsRecord } from '../wire/records.ts';

type AddressRecord = MdnsRecord & { readonly type: 'A' | 'AAAA' };

/** A withdrawn record may be about to be replaced: it stays valid this long (RFC 6762 §10.1). */
export const goodbyeMs = 1000;
/** Answers to questions from an ephemeral port carry TTLs of at most 10 s whatever the record's own is (RFC 6762 §6.7). */
const minLifeMs = 60_000;
const maxAddressesPerHost = 16;

/**
 * The addresses of hosts as one link's responders report them. Browsing and resolving both take the addresses they dial
 * from here, so that the same answer leads to the same addresses in the same order.
 */
export class HostAddresses {
  readonly #zone: string;
  readonly #believable: AddressRange;
  readonly #onLink: AddressRange;
  readonly #readOwn: () => AddressRange;
  /** Host (lower case) → address with its zone → times of its last record and of its expiry. */
  readonly #hosts = new Map<string, Map<string, { readonly receivedMs: number; readonly endsMs: number }>>();

  constructor(
    link: { readonly zone: string; readonly cidrs: readonly string[] },
    readOwn: () => AddressRange,
  ) {
    this.#zone = link.zone;
    this.#believable = believableRange(link.cidrs);
    this.#onLink = rangeOf(link.cidrs);
    this.#readOwn = readOwn;
  }

  /** Accepts address records of `host` from now on; those of other hosts are dropped. */
  track(host: string): void {
    if (!this.#hosts.has(host.toLowerCase())) this.#hosts.set(host.toLowerCase(), new Map());
  }

  /** Drops every host that is not in `hosts` (lower case). */
  retain(hosts: ReadonlySet<string>): void {
    for (const host of this.#hosts.keys()) if (!hosts.has(host)) this.#hosts.delete(host);
  }

  /** True if any address of `host` has been received, usable or not. */
  hasAnswer(host: string): boolean {
    return (this.#hosts.get(host.toLowerCase())?.size ?? 0) > 0;
  }

  /** Stores one record. Returns true if the addresses of its host may have changed. */
  absorb(record: AddressRecord, nowMs: number): boolean {
    const known = this.#hosts.get(record.name);
    if (known === undefined) return false;
    let isChanged = false;
    const isIpv6 = record.type === 'AAAA';
    // Cache-flush: records of this type received before this burst are obsolete (RFC 6762 §10.2).
    if (record.isFlush)
      for (const [address, { receivedMs }] of known)
        if (address.includes(':') === isIpv6 && receivedMs < nowMs - goodbyeMs && known.delete(address))
          isChanged = true;
    const zoned = this.#withZone(record.address);
    const lifeMs = record.ttl === 0 ? goodbyeMs : Math.max(record.ttl * 1000, minLifeMs);
    if (!known.has(zoned)) {
      if (record.ttl === 0 || known.size >= maxAddressesPerHost || !this.#believable.has(record.address))
        return isChanged;
      isChanged = true;
    }
    known.set(zoned, { receivedMs: nowMs, endsMs: nowMs + lifeMs });
    return isChanged;
  }

  /** Drops the addresses that have ended. Returns true if there were any. */
  expire(nowMs: number): boolean {
    let isChanged = false;
    for (const addresses of this.#hosts.values())
      for (const [address, { endsMs }] of addresses)
        if (endsMs <= nowMs && addresses.delete(address)) isChanged = true;
    return isChanged;
  }

  /**
   * Returns the addresses to dial for `host`, best first: IPv4 before IPv6, the address that its responder answered
   * from before others, those of this link before those behind a router. Skips addresses of this machine. If no usable
   * address was received, returns the addresses in `sources` (without zone) that the responder answered from.
   */
  ordered(host: string, sources: ReadonlySet<string>): string[] {
    const ownAddresses = this.#readOwn();
    const answeredFrom = new Set([...sources].map(source => this.#withZone(source)));
    const received = [...(this.#hosts.get(host.toLowerCase())?.keys() ?? [])].filter(
      address => !ownAddresses.has(address),
    );
    const fallback = (): string[] =>
      [...sources]
        .filter(source => this.#believable.has(source) && !ownAddresses.has(source))
        .map(source => this.#withZone(source));
    const rank = (address: string): number =>
      (address.includes(':') ? 8 : 0) +
      (answeredFrom.has(address) ? 0 : 4) +
      (address.includes('%') || this.#onLink.has(address) ? 0 : 2) +
      (address.includes('%') ? 1 : 0);
    return (received.length > 0 ? received : fallback()).sort(
      (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1),
    );
  }

  #withZone(address: string): string {
    return isLinkLocal(address) ? `${address}%${this.#zone}` : address;
  }
}
