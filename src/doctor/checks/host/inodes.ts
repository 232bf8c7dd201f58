import { hostCheck } from '../../check.ts';
import { blocks, ok, unknown, warning } from '../../finding.ts';

const advice = 'remove images of many small files: os clean DEVICE; then os clean DEVICE --dangling';

export const inodes = hostCheck({
  id: 'inodes',
  title: 'inodes on /mnt/data',
  question: 'df -iP /mnt/data',
  judge: answer => {
    const match = /^\S+\s+(\d+)\s+\d+\s+(\d+)\s+\S+\s+(\/.*)$/m.exec(answer);
    if (match === null) return unknown('df tells nothing of /mnt/data');
    if (match[3] !== '/mnt/data') return unknown('/mnt/data is not mounted');
    const [total, free] = [Number(match[1]), Number(match[2])];
    if (total === 0) return ok('made as needed');
    const evidence = `${free.toString()} free of ${total.toString()}`;
    if (free < 200) return blocks(9, evidence, advice);
    return free < total * 0.05 ? warning(evidence, advice) : ok(evidence);
  },
});
