import { machineCheck } from '../../check.ts';
import { ok, unknown, warning } from '../../finding.ts';

interface Input {
  /** fs.inotify.max_user_instances; undefined where the system has no such limit. */
  readonly limit: number | undefined;
  readonly used: number;
}

export const inotifyInstances = machineCheck({
  id: 'inotify-instances',
  title: 'watchers of files',
  read: async (machine): Promise<Input> => {
    const text = await machine.readText('/proc/sys/fs/inotify/max_user_instances');
    if (text === undefined) return { limit: undefined, used: 0 };
    return { limit: Number(text.trim()), used: (await machine.readOpenFiles()).inotifyInstances };
  },
  judge: ({ limit, used }: Input) => {
    if (limit === undefined) return ok('no limit on this system');
    if (!Number.isFinite(limit)) return unknown('fs.inotify.max_user_instances is not a number');
    const evidence = `fs.inotify.max_user_instances is ${limit.toString()}, ${used.toString()} in use`;
    if (limit - used >= 16) return ok(evidence);
    return warning(
      `${evidence}: nothing more can be watched ("too many open files")`,
      'raise it: sysctl fs.inotify.max_user_instances=1024',
    );
  },
});
