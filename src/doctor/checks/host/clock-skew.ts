import { formatDuration } from '../../../core/units.ts';
import { checkOf } from '../../check.ts';
import { ok, unknown, warning, type Finding } from '../../finding.ts';

interface Input {
  /** `date +%s` on the device. */
  readonly answer: string;
  /** This machine's clock when the answer came. */
  readonly nowMs: number;
}

/** More than this and the times of logs and files mislead. */
const tolerableMs = 5000;

/** The device's clock against this machine's. */
export const clockSkew = checkOf({
  id: 'clock-skew',
  title: 'clock of the device',
  room: 'host',
  question: 'date +%s',
  read: async ({ answer, machine }): Promise<Input> => ({
    answer: await answer(),
    nowMs: machine.now(),
  }),
  judge({ answer, nowMs }: Input): Finding {
    if (!/^\d+$/.test(answer.trim())) return unknown('it tells no time');
    const skewMs = Number(answer.trim()) * 1000 - nowMs;
    const size = formatDuration(Math.abs(skewMs));
    // The device tells whole seconds.
    if (Math.abs(skewMs) < tolerableMs) return ok('as here');
    return warning(
      `${size} ${skewMs < 0 ? 'behind' : 'ahead of'} this machine: --since and builds by date mislead, and registries refuse a clock that is far off`,
      'let it reach a time server: os config set ntpServers ADDRESS --on DEVICE; or check the clock of this machine',
    );
  },
});
