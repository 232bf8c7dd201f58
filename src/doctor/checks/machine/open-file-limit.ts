import { machineCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

/** Checks the limit on open files of one program, from /proc/self/limits. */
export const openFileLimit = machineCheck({
  id: 'open-file-limit',
  title: 'open files',
  read: machine => machine.readText('/proc/self/limits'),
  judge: (limits: string | undefined) => {
    const soft = /^Max open files\s+(\S+)/m.exec(limits ?? '')?.[1];
    if (soft === undefined || soft === 'unlimited') return ok('no limit is known');
    if (Number(soft) >= 1024) return ok(`a program may hold ${soft} open`);
    return warning(
      `a program may hold ${soft} open: a push of many services, or a large context, needs more`,
      'raise it for this shell: ulimit -n 4096',
    );
  },
});
