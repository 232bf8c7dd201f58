import { hostCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';
import { linesOf } from './kernel-log.ts';

const question = `cat /sys/devices/platform/soc/*firmware/get_throttled | sed 's/^/throttled /'
for h in /sys/class/hwmon/hwmon*; do [ "$(cat $h/name)" = rpi_volt ] && echo "alarm $(cat $h/in0_lcrit_alarm)"; done
(journalctl -k -b -q -o cat --no-pager || dmesg) | grep -iE 'under-?voltage' | tail -n 5`;

/** Bits of the firmware's word: under-voltage now, and since it booted. */
const [now, sinceBoot] = [0x1, 0x10000];

/** Under-voltage, where the board tells: its firmware, its sensor, the kernel's log in both spellings. */
export const underVoltage = hostCheck({
  id: 'under-voltage',
  title: 'power supply',
  question,
  isSlow: true,
  judge: answer => {
    const word = /^throttled (?:0x)?([0-9a-f]+)$/im.exec(answer)?.[1];
    const bits = word === undefined ? undefined : Number.parseInt(word, 16);
    const alarm = /^alarm (\d)/m.exec(answer)?.[1];
    const lines = linesOf(answer, /under-?voltage detected/i);
    const advice = 'use a stronger power supply and a short, thick cable';
    if ((bits !== undefined && (bits & now) !== 0) || alarm === '1')
      return warning('the voltage is too low now', advice);
    if ((bits !== undefined && (bits & sinceBoot) !== 0) || lines.length > 0)
      return warning('the voltage has been too low since it booted (not now)', advice);
    return ok(
      bits === undefined && alarm === undefined ? 'the board does not tell; no complaint logged' : 'enough',
    );
  },
});
