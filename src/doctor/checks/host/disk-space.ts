import { formatBytes } from '../../../core/units.ts';
import { hostCheck } from '../../check.ts';
import { blocks, ok, unknown, warning, type Finding } from '../../finding.ts';

/** Less than this on /mnt/data and no image fits. */
const needed = 50_000_000;
const advice = 'free some: os clean DEVICE; os down DEVICE --volumes for projects you are done with';

/** Space of the partition that images and volumes are on. */
export const diskSpace = hostCheck({
  id: 'disk-space',
  title: 'space on /mnt/data',
  question: 'df -kP /mnt/data',
  judge: (answer): Finding => {
    const match = /^\S+\s+(\d+)\s+\d+\s+(\d+)\s+\S+\s+(\/.*)$/m.exec(answer);
    if (match === null) return unknown('df tells nothing of /mnt/data');
    if (match[3] !== '/mnt/data') return unknown('/mnt/data is not mounted');
    const [size, free] = [Number(match[1]) * 1024, Number(match[2]) * 1024];
    const evidence = `${formatBytes(free)} free of ${formatBytes(size)}`;
    if (free < needed) return blocks(9, evidence, advice);
    return free < size * 0.1 && free < 2_000_000_000 ? warning(evidence, advice) : ok(evidence);
  },
});
