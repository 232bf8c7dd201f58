import { hostCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';

const question = `for c in balena-engine balena docker; do command -v $c >/dev/null || continue
$c ps -a --filter status=restarting --filter status=dead --format '{{.Names}} {{.Status}}' && echo asked; exit; done`;

/** Containers that come up and fall down again. */
export const restartingServices = hostCheck({
  id: 'restarting-services',
  title: 'restarting services',
  question,
  isSlow: true,
  judge: answer => {
    const lines = answer.split('\n').filter(line => line !== '');
    if (lines.at(-1) !== 'asked') return unknown('the engine was not asked on the host');
    const names = lines.slice(0, -1).map(line => line.split(' ')[0] ?? '');
    return names.length === 0
      ? ok('none')
      : warning(`${names.join(', ')} restarting again and again`, 'see why: os logs DEVICE --tail 50');
  },
});
