import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { OsError } from '../../core/errors.ts';

/** Number of inotify instances that one device opens (systemd, avahi, NetworkManager, …), with a reserve. */
const neededByOne = 14;
const limitFile = '/proc/sys/fs/inotify/max_user_instances';

async function countOf(pid: string): Promise<number> {
  const directory = path.join('/proc', pid, 'fd');
  const names = await readdir(directory).catch(() => []);
  const targets = await Promise.all(names.map(name => readlink(path.join(directory, name)).catch(() => '')));
  return targets.filter(target => target === 'anon_inode:inotify').length;
}

/**
 * Throws OsError `host-unsuitable` if the machine's inotify limit for root leaves too little for one more device: such
 * a device would boot, but not see changes of its config.json.
 */
export async function checkWatchBudget(): Promise<void> {
  const limit = Number(await readFile(limitFile, 'utf8').catch(() => 'Infinity'));
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
  const used = (await Promise.all(pids.map(countOf))).reduce((sum, count) => sum + count, 0);
  if (used + neededByOne <= limit) return;
  throw new OsError(
    'host-unsuitable',
    `this machine has room for no further device: ${used.toString()} of ${limit.toString()} inotify instances are in use`,
    { hint: 'allow more: sysctl -w fs.inotify.max_user_instances=1024' },
  );
}
