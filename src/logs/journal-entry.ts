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

/** Microseconds since 1970 as RFC 3339 with nanoseconds, the form in which an engine stamps its lines. */
function toTime(microseconds: number): string {
  const whole = new Date(Math.floor(microseconds / 1e6) * 1000).toISOString().slice(0, 19);
  return `${whole}.${(microseconds % 1e6).toString().padStart(6, '0')}000Z`;
}

export interface JournalEntry {
  /** journald's cursor of this entry. */
  readonly cursor: string;
  /** The lines of its message. */
  readonly lines: readonly LogLine[];
}

/** Reads one line of `journalctl -o json`. */
export function parseJournalEntry(json: string): JournalEntry {
  const entry = JSON.parse(json) as Record<string, unknown>;
  const unit = textOf(entry['_SYSTEMD_UNIT']);
  const line = {
    type: 'log',
    stream: 'stdout',
    service: textOf(entry['SYSLOG_IDENTIFIER']) || unit,
    container: unit,
    time: toTime(Number(textOf(entry['__REALTIME_TIMESTAMP']))),
  } as const;
  const texts = textOf(entry['MESSAGE']).replace(/\n$/, '').split('\n');
  return { cursor: textOf(entry['__CURSOR']), lines: texts.map(text => ({ ...line, text })) };
}
