import { hostCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

/** Traces of an OS update that is not settled: until then a supervisor refuses to reboot (contract §7.3). */
export const pendingUpdate = hostCheck({
  id: 'pending-update',
  title: 'OS update',
  question: 'ls /mnt/state | grep ^rollback-',
  judge: answer => {
    const names = answer.split('\n').filter(line => line !== '');
    if (names.some(name => name.endsWith('-triggered') || name.endsWith('-failed')))
      return warning(
        `the last one was rolled back (${names.join(', ')})`,
        'the old release runs; see `os services DEVICE` and its journal',
      );
    return names.length === 0
      ? ok('none under way')
      : warning(`one is being tested (${names.join(', ')}): reboots are refused`, 'wait up to 15 minutes');
  },
});
