import { jsonOf, textAt } from '../net/json-fields.ts';
import { parseJournalEntry } from './journal-entry.ts';

/** Prints when the device's init started and the oldest entry of this boot, if its journal is in memory alone. */
export const wrappedScript = `[ -d "/var/log/journal/$(cat /etc/machine-id)" ] || {
  systemctl show --property=UserspaceTimestampMonotonic --value
  journalctl --boot --output=json --all --quiet --no-pager | head -n 1
}`;

/** The first entry of a boot is written earlier than this. */
const bootUs = 60e6;

/** The time of the oldest entry of a journal that has dropped older ones of this boot; undefined if it has all. */
export function parseWrapped([started, oldest]: readonly string[]): string | undefined {
  const entry = jsonOf(oldest ?? '');
  const monotonic = Number(textAt(entry, '__MONOTONIC_TIMESTAMP') ?? NaN);
  if (!/^\d+$/.test(started ?? '') || !(monotonic - Number(started) >= bootUs)) return undefined;
  return parseJournalEntry(entry)?.lines[0]?.time;
}
