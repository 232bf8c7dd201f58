import { hostCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';

export const load = hostCheck({
  id: 'load',
  title: 'load',
  question: 'cat /proc/loadavg; grep -c ^processor /proc/cpuinfo; cut -d. -f1 /proc/uptime',
  judge: answer => {
    const [loads = '', cpus = ''] = answer.split('\n');
    const five = Number(loads.split(' ')[1]);
    const count = Number(cpus) || 1;
    if (!Number.isFinite(five)) return unknown('/proc/loadavg cannot be read');
    const evidence = `${five.toFixed(1)} over five minutes, ${count.toString()} CPUs`;
    return five > count * 4 ? warning(evidence, 'see what takes the time: os top DEVICE') : ok(evidence);
  },
});
