import { sanitizeLine } from '../../core/sanitize.ts';
import { formatBytes } from '../../core/units.ts';
import type { HostUsage, Rates, ServiceUsage, UsageEvent } from '../../top/usage.ts';
import { fit } from '../display-width.ts';
import { Table } from '../table.ts';
import { sparkline } from './sparkline.ts';

const historyLength = 20;
/** Narrower terminals have no room for it beside the numbers. */
const historyFromWidth = 80;
/** The scale of a sparkline is never finer than this, or an idle service looks busy. */
const floorPercent = 10;

const unknown = '–';
const percent = (value: number | null): string => (value === null ? unknown : `${value.toFixed(1)} %`);
const bytes = (value: number | null): string => (value === null ? unknown : formatBytes(value));
const rates = (it: Rates): string[] =>
  [it.receivedBytesPerS, it.sentBytesPerS, it.readBytesPerS, it.writtenBytesPerS].map(value =>
    value === null ? unknown : `${formatBytes(value)}/s`,
  );

const header = ['SERVICE', 'CPU', 'MEMORY', 'NET IN', 'NET OUT', 'READ', 'WRITTEN', 'PROCESSES'];
const hostName = '(host)';

const keyOf = (it: ServiceUsage): string => `${it.project}/${it.container}`;

/** Rows of one moment after the other, with the history of each as a sparkline. */
export class UsageTable {
  readonly #history = new Map<string, (number | null)[]>();
  readonly #hasHistory: boolean;
  #table: Table | undefined;
  #showsHistory = false;

  /** @param hasHistory False: no sparklines, for what is printed once. */
  constructor(hasHistory: boolean) {
    this.#hasHistory = hasHistory;
  }

  /** Lines for a terminal `width` cells wide. */
  render(event: UsageEvent, width: number): readonly string[] {
    const { host, services } = event;
    const showsHistory = this.#hasHistory && width >= historyFromWidth;
    if (showsHistory !== this.#showsHistory) this.#table = undefined;
    this.#showsHistory = showsHistory;
    const isMany = new Set(services.map(it => it.project)).size > 1;
    const keys = new Set([hostName, ...services.map(keyOf)]);
    for (const key of this.#history.keys()) if (!keys.has(key)) this.#history.delete(key);
    const rows = [
      ...(host === null ? [] : [this.#hostRow(host)]),
      ...services.map(it => this.#serviceRow(it, isMany)),
    ];
    const titles = showsHistory ? [...header.slice(0, 2), 'HISTORY', ...header.slice(2)] : header;
    this.#table ??= new Table(titles);
    const { lines } = this.#table.render(rows, width);
    return rows.length === 0 ? [fit('no service runs, and the host is not reached', width)] : lines;
  }

  #serviceRow(it: ServiceUsage, isMany: boolean): string[] {
    const name = isMany ? `${it.project}/${it.service}` : it.service;
    const isRunning = it.state === 'running';
    const memory =
      it.memoryLimitBytes === null || it.memoryBytes === null
        ? bytes(it.memoryBytes)
        : `${bytes(it.memoryBytes)} of ${bytes(it.memoryLimitBytes)}`;
    return [
      sanitizeLine(isRunning ? name : `${name} (${it.state})`),
      percent(it.cpuPercent),
      ...this.#spark(keyOf(it), it.cpuPercent),
      memory,
      ...rates(it),
      it.processes?.toString() ?? unknown,
    ];
  }

  #hostRow(it: HostUsage): string[] {
    const memory =
      it.memoryBytes === null ? unknown : `${bytes(it.memoryBytes)} of ${bytes(it.memoryTotalBytes)}`;
    return [
      hostName,
      percent(it.cpuPercent),
      ...this.#spark(hostName, it.cpuPercent),
      memory,
      ...rates(it),
      '',
    ];
  }

  #spark(key: string, value: number | null): string[] {
    if (!this.#hasHistory) return [];
    const history = [...(this.#history.get(key) ?? []), value].slice(-historyLength);
    this.#history.set(key, history);
    return this.#showsHistory ? [sparkline(history, historyLength, floorPercent)] : [];
  }
}
