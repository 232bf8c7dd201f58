import type { Mutable } from '../../core/mutable.ts';
import type { Clock } from '../../core/clock.ts';
import { errnoOf } from '../../core/errors.ts';
import type { Channel, ChannelMode, Network } from './channel.ts';
import { failureReason } from './failure-reason.ts';
import type { InterfaceFailure } from '../found-device.ts';
import type { Link } from './link.ts';
import type { Question } from './question.ts';
import type { MdnsRecord } from './records.ts';
import { nextSendMs } from '../search/schedule.ts';

export interface ChannelSetOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly isWatching: boolean;
  /** Asked by every channel when it opens, and again and again. */
  readonly standing: readonly Question[];
  onRecords(link: Link, records: MdnsRecord[], source: string): void;
  onFailure(failure: InterfaceFailure): void;
}

type Member = Mutable<{
  readonly key: string;
  readonly channel: Channel;
  readonly openedMs: number;
  readonly lastAskMs: number;
}>;

type Health = Mutable<{
  readonly link: Link;
  readonly sentCount: number;
  readonly failureCount: number;
  readonly code: string;
  readonly isReported: boolean;
}>;

/** One failure may be a passing one (an IPv6 address still being checked); so many in a row are not. */
const patience = 3;
const modes: readonly ChannelMode[] = ['unicast', 'multicast'];
const keyOf = (link: Link, mode: ChannelMode): string => [link.interface, link.address, mode].join(' ');

/** The open channels on all links: sends the standing questions on schedule, and counts failures. */
export class ChannelSet implements AsyncDisposable {
  readonly #options: ChannelSetOptions;
  readonly #members: Member[] = [];
  readonly #health = new Map<string, Health>();
  readonly #reported = new Set<string>();

  constructor(options: ChannelSetOptions) {
    this.#options = options;
  }

  /** Opens channels for new links of the machine, and closes those of removed links. */
  async refresh(): Promise<void> {
    const links = this.#options.network.listLinks();
    const required = new Map(modes.flatMap(mode => links.map(link => [keyOf(link, mode), { link, mode }])));
    for (const member of this.#members.filter(({ key }) => !required.has(key))) {
      this.#members.splice(this.#members.indexOf(member), 1);
      this.#health.delete(member.key);
      await member.channel[Symbol.asyncDispose]();
    }
    const known = new Set(this.#members.map(({ key }) => key));
    const missing = [...required].filter(([key]) => !known.has(key));
    // The quick way first: its answers are on their way while the other one is set up.
    for (const mode of modes)
      await Promise.all(
        missing.filter(([, of]) => of.mode === mode).map(([key, { link }]) => this.#open(key, link, mode)),
      );
  }

  async #open(key: string, link: Link, mode: ChannelMode): Promise<void> {
    const { clock, network, standing } = this.#options;
    const health: Health = { link, sentCount: 0, failureCount: 0, code: '', isReported: false };
    this.#health.set(key, health);
    const channel = await network.openChannel(link, mode, {
      onRecords: (records, source) => this.#options.onRecords(link, records, source),
      onSent: () => {
        health.sentCount += 1;
      },
      onFailure: error => this.#noteFailure(health, errnoOf(error) ?? 'unknown'),
    });
    this.#members.push({ key, channel, openedMs: clock.nowMs(), lastAskMs: 0 });
    channel.ask(standing);
  }

  #noteFailure(health: Health, code: string): void {
    health.failureCount += 1;
    health.code = code;
    if (health.failureCount >= patience) this.#report(health);
  }

  #report(health: Health): void {
    const { code, isReported, link, sentCount } = health;
    if (isReported || sentCount > 0 || code === '') return;
    health.isReported = true;
    const { family, interface: name } = link;
    const failure = [name, family, code].join(' ');
    if (this.#reported.has(failure)) return;
    this.#reported.add(failure);
    this.#options.onFailure({
      type: 'interface-failed',
      interface: name,
      family,
      code,
      reason: failureReason(code),
    });
  }

  /** Asks the standing questions wherever they are due. */
  askDue(nowMs: number): void {
    for (const member of this.#members) {
      const elapsedMs = nowMs - member.openedMs;
      if (nextSendMs(member.channel.mode, member.lastAskMs, this.#options.isWatching) > elapsedMs) continue;
      member.lastAskMs = elapsedMs;
      member.channel.ask(this.#options.standing);
    }
  }

  /** Asks `questions` on every channel of one interface. */
  ask(name: string, questions: readonly Question[]): void {
    for (const { channel } of this.#members) if (channel.link.interface === name) channel.ask(questions);
  }

  /** Reports the failures that patience still covered. */
  reportRemaining(): void {
    for (const health of this.#health.values()) this.#report(health);
  }

  /** True if every channel has failed for good (also when there is none). */
  isHopeless(): boolean {
    return [...this.#health.values()].every(({ isReported }) => isReported);
  }

  /** The interfaces that carried at least one question. */
  searched(): string[] {
    const working = [...this.#health.values()].filter(({ sentCount }) => sentCount > 0);
    return [...new Set(working.map(({ link }) => link.interface))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ channel }) => channel[Symbol.asyncDispose]()));
  }
}
