import { machineCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';

interface Input {
  /** fs.inotify.max_user_watches; undefined where the system has no such limit. */
  readonly limit: number | undefined;
  readonly used: number;
}

/** Fewer than these left and a large project is not watched (20,000 directories take as many). */
const comfortable = 20_000;

export const inotifyWatches = machineCheck({
  id: 'inotify-watches',
  title: 'watches of files',
  read: async (machine): Promise<Input> => {
    const text = await machine.readText('/proc/sys/fs/inotify/max_user_watches');
    if (text === undefined) return { limit: undefined, used: 0 };
    return { limit: Number(text.trim()), used: (await machine.readOpenFiles()).inotifyWatches };
  },
  judge: ({ limit, used }: Input) => {
    if (limit === undefined) return ok('no limit on this system');
    if (!Number.isFinite(limit)) return unknown('fs.inotify.max_user_watches is not a number');
    const evidence = `fs.inotify.max_user_watches is ${limit.toString()}, ${used.toString()} in use`;
    if (limit - used >= comfortable) return ok(evidence);
    return warning(
      `${evidence}: live sync falls back to polling where they run out ("no space left on device")`,
      'raise it: sysctl fs.inotify.max_user_watches=524288',
    );
  },
});
