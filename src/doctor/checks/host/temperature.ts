import { hostCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

/** Boards slow down at 80 °C and above. */
const hotC = 80;

export const temperature = hostCheck({
  id: 'temperature',
  title: 'temperature',
  question: 'cat /sys/class/thermal/thermal_zone*/temp',
  judge: answer => {
    const celsius = answer
      .split('\n')
      .filter(line => /^-?\d+$/.test(line))
      .map(line => Number(line) / 1000);
    if (celsius.length === 0) return ok('the board does not tell');
    const hottest = Math.max(...celsius);
    return hottest < hotC
      ? ok(`${hottest.toFixed(0)} °C`)
      : warning(`${hottest.toFixed(0)} °C: boards slow down at ${hotC.toString()} °C`, 'cool it');
  },
});
