import { fieldAt, textAt } from '../net/json-fields.ts';
import type { LogLine } from './log-line.ts';

/** Bytes of a field that journald does not take for text. */
const isBytes = (field: unknown): field is number[] =>
  Array.isArray(field) && field.every(it => typeof it === 'number');

/**
 * A field of `journalctl -o json` as text: a string, its bytes as an array of numbers, or an array of those if an entry
 * has the field several times. null stands for a field that is too large.
 */
function textOf(field: unknown): string {
  if (typeof field === 'string') return field;
  if (isBytes(field)) return Buffer.from(field).toString('utf8');
  return Array.isArray(field) ? field.map(textOf).join(' ') : '';
}

/**
 * Microseconds since 1970 as RFC 3339 with nanoseconds, the form in which an engine stamps its lines; undefined for what is
 * no such number.
 */
function toTime(microseconds: string): string | undefined {
  if (!/^\d{1,17}$/.test(microseconds)) return undefined;
  const seconds = Math.floor(Number(microseconds) / 1e6);
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${whole}.${microseconds.slice(-6).padStart(6, '0')}000Z`;
}

export interface JournalEntry {
  /** journald's cursor of this entry. */
  readonly cursor: string;
  /** True for output of a container, which an engine writes to the journal by its log driver journald. */
  readonly isOfContainer: boolean;
  /** The lines of its message. */
  readonly lines: readonly LogLine[];
}

/** Reads a parsed line of `journalctl -o json`; undefined for JSON that is no entry. */
export function parseJournalEntry(entry: unknown): JournalEntry | undefined {
  const cursor = textAt(entry, '__CURSOR');
  const time = toTime(textOf(fieldAt(entry, '__REALTIME_TIMESTAMP')));
  if (cursor === null || time === undefined) return undefined;
  const unit = textOf(fieldAt(entry, '_SYSTEMD_UNIT'));
  const line = {
    type: 'log',
    stream: 'stdout',
    service: textOf(fieldAt(entry, 'SYSLOG_IDENTIFIER')) || unit,
    container: unit,
    time,
  } as const;
  const texts = textOf(fieldAt(entry, 'MESSAGE')).replace(/\n$/, '').split('\n');
  const isOfContainer = fieldAt(entry, 'CONTAINER_ID') !== undefined;
  return { cursor, isOfContainer, lines: texts.map(text => ({ ...line, text })) };
}
