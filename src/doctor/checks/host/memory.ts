import { formatBytes } from '../../../core/units.ts';
import { hostCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';

export const memory = hostCheck({
  id: 'memory',
  title: 'memory',
  question: 'cat /proc/meminfo',
  judge: answer => {
    const read = (key: string): number | undefined => {
      const kilobytes = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(answer)?.[1];
      return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
    };
    const [total, available] = [read('MemTotal'), read('MemAvailable') ?? read('MemFree')];
    if (total === undefined || available === undefined) return unknown('/proc/meminfo cannot be read');
    const evidence = `${formatBytes(available)} available of ${formatBytes(total)}`;
    return available < total * 0.05
      ? warning(
          `${evidence}: a build may be killed`,
          'see what takes it: os top DEVICE; or build here: --build-on local',
        )
      : ok(evidence);
  },
});
