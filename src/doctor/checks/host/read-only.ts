import { hostCheck } from '../../check.ts';
import { blocks, ok, unknown, warning } from '../../finding.ts';

const advice =
  'its storage may be failing (see the kernel log): reboot, and replace the card where it comes back';

/** Partitions that have to be writable. A file system turns read-only by itself where its medium fails. */
export const readOnly = hostCheck({
  id: 'read-only',
  title: 'writable partitions',
  question: "grep -E ' /mnt/(data|state|boot) ' /proc/mounts",
  judge: answer => {
    const mounts = answer.split('\n').flatMap(line => {
      const [, mount, , options] = line.split(' ');
      return mount === undefined || options === undefined
        ? []
        : [{ mount, isReadOnly: options.split(',')[0] === 'ro' }];
    });
    if (mounts.length === 0) return unknown('neither /mnt/data nor /mnt/state is mounted');
    if (!mounts.some(it => it.mount === '/mnt/data'))
      return blocks(4, '/mnt/data is not mounted: the engine can store nothing', advice);
    const locked = mounts.filter(it => it.isReadOnly).map(it => it.mount);
    if (locked.includes('/mnt/data'))
      return blocks(4, `${locked.join(', ')} read-only: the engine can store nothing`, advice);
    return locked.length > 0
      ? warning(`${locked.join(', ')} read-only: settings cannot be changed`, advice)
      : ok(mounts.map(it => it.mount).join(', '));
  },
});
