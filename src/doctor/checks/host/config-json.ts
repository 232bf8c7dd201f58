import { messageOf } from '../../../core/errors.ts';
import { hostCheck } from '../../check.ts';
import { blocks, ok } from '../../finding.ts';

/** A config.json that does not parse: the device boots without network and engine the next time. */
export const configJson = hostCheck({
  id: 'config-json',
  title: 'config.json',
  question: 'cat /mnt/boot/config.json',
  judge: answer => {
    const advice = 'repair it before the next boot: os config edit --on DEVICE';
    if (answer.trim() === '') return blocks(4, 'is missing or empty: it may not boot again', advice);
    try {
      const value: unknown = JSON.parse(answer);
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return ok(`${Object.keys(value).length.toString()} keys`);
      return blocks(4, 'holds no object: it may not boot again', advice);
    } catch (error) {
      // The parser quotes what it met, which may be a secret.
      const place = /position \d+|line \d+ column \d+/.exec(messageOf(error))?.[0] ?? 'its end';
      return blocks(4, `does not parse (at ${place}): it may not boot again`, advice);
    }
  },
});
