import { formatBytes } from '../../../core/units.ts';
import { hostCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';

/** Space of the partitions that settings are written to. */
export const otherSpace = hostCheck({
  id: 'other-space',
  title: 'space on /mnt/boot, /mnt/state',
  question: 'df -kP /mnt/boot /mnt/state',
  judge: answer => {
    const found = [...answer.matchAll(/^\S+\s+\d+\s+\d+\s+(\d+)\s+\S+\s+(\/mnt\/(?:boot|state))$/gm)].map(
      ([, kilobytes, mount = '']) => ({ mount, free: Number(kilobytes) * 1024 }),
    );
    if (found.length === 0) return unknown('df tells nothing of them');
    const evidence = found.map(({ mount, free }) => `${mount} ${formatBytes(free)} free`).join(', ');
    return found.some(({ free }) => free < 500_000)
      ? warning(
          `${evidence}: settings cannot be written`,
          'look what fills it: os ssh DEVICE -- du -ax /mnt/state',
        )
      : ok(evidence);
  },
});
