import { formatDuration } from '../../../core/units.ts';
import { jsonOf, textAt } from '../../../net/json-fields.ts';
import { hostCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';

/** The first entry of a boot is written earlier than this after init has started. */
const firstEntryUs = 60e6;

const question = `[ -d "/var/log/journal/$(cat /etc/machine-id)" ] && echo persistent
systemctl show --property=UserspaceTimestampMonotonic | cut -d= -f2
cut -d. -f1 /proc/uptime
journalctl -b -o json --all -q --no-pager | head -n 1`;

/** Checks that the journal still has the beginning of this boot. */
export const journal = hostCheck({
  id: 'journal',
  title: 'journal',
  question,
  isSlow: true,
  judge: answer => {
    if (answer.startsWith('persistent')) return ok('kept on disk');
    const [started = '', uptime = '', oldest = ''] = answer.split('\n');
    const first = Number(textAt(jsonOf(oldest), '__MONOTONIC_TIMESTAMP') ?? NaN);
    if (!Number.isFinite(first)) return unknown('its journal cannot be read');
    if (first - Number(started) < firstEntryUs) return ok('in memory, and has all of this boot');
    const ageS = Number(uptime) - first / 1e6;
    return warning(
      `in memory, and has wrapped: the oldest entry is ${formatDuration(Math.max(0, ageS) * 1000)} old`,
      'keep it on disk: os config set persistentLogging true --on DEVICE',
    );
  },
});
