import { OsError } from '../../core/errors.ts';
import type { HostCommands } from '../host-commands.ts';

/** Activity LEDs of boards, the likeliest first; keyboards and network ports have LEDs too. */
const leds = ['ACT', 'led0', 'act', 'PWR', 'led1', 'activity', 'status', 'heartbeat'];

/**
 * Prints the name of the LED, and a line each time it blinks, and ends once these cannot be written, as the connection has ended.
 * The LED's former state is kept in a file: a second run would read the blinking of the first.
 */
const blinkScript = (seconds: number): string => `cd /sys/class/leds 2>/dev/null || exit 70
for l in ${leds.join(' ')} *:act* *:status* *:heartbeat*; do [ -w "$l/brightness" ] && [ -e "$l/trigger" ] && break; l=; done
[ -n "$l" ] || exit 70
f="/run/os-identify-$l"
[ -s "$f" ] || echo "$(sed 's/.*\\[\\(.*\\)\\].*/\\1/' "$l/trigger") $(cat "$l/brightness")" >"$f"
read -r t b <"$f"; m=$(cat "$l/max_brightness")
restore() { echo "$b" >"$l/brightness"; echo "$t" >"$l/trigger"; rm -f "$f"; }
trap restore EXIT; trap 'exit 0' HUP INT TERM PIPE
echo "$l"; echo none >"$l/trigger" || exit 71
i=0; while [ $i -lt ${(seconds * 2).toString()} ]; do echo "$m" >"$l/brightness"; sleep 0.25; echo 0 >"$l/brightness"; sleep 0.25; echo . || exit 0; i=$((i+1)); done`;

/** Blinks and returns the LED's name. Throws OsError `host-refused` if the board has none that can blink. */
export async function blinkLed(
  commands: HostCommands,
  seconds: number,
  signal: AbortSignal,
): Promise<string> {
  const { status, stdout } = await commands.run(blinkScript(seconds), {
    signal,
    timeoutMs: (seconds + 60) * 1000,
  });
  const led = stdout.trim().split('\n', 1)[0] ?? '';
  if (status !== 0 || led === '')
    throw new OsError('host-refused', 'this board has no LED that can blink', {
      hint: '`os info` prints its address and host name',
    });
  return led;
}
