import { hostCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';
import { kernelLogQuestion, linesOf } from './kernel-log.ts';

export const oomKills = hostCheck({
  id: 'oom-kills',
  title: 'out of memory',
  question: kernelLogQuestion,
  isSlow: true,
  judge: answer => {
    const killed = linesOf(answer, /killed process \d+/i).map(
      line => /killed process \d+ \(([^)]*)\)/i.exec(line)?.[1] ?? 'a program',
    );
    if (killed.length === 0) return ok('nothing was killed since it booted');
    return warning(
      `${killed.length.toString()} killed since it booted: ${[...new Set(killed)].join(', ')}`,
      'see what takes the memory: os top DEVICE; a service is limited with mem_limit',
    );
  },
});
