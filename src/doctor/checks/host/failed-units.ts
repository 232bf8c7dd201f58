import { hostCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';

export const failedUnits = hostCheck({
  id: 'failed-units',
  title: 'failed units',
  question: 'systemctl --failed --no-legend --plain --no-pager || echo unasked',
  isSlow: true,
  judge: answer => {
    const units = answer
      .split('\n')
      .map(line => line.trim().split(/\s+/)[0] ?? '')
      .filter(unit => unit !== '');
    if (units.at(-1) === 'unasked') return unknown('systemctl fails on the host');
    return units.length === 0
      ? ok('none')
      : warning(units.join(', '), `see why: os services DEVICE ${units[0] ?? ''} --logs`);
  },
});
